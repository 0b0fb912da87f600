"""Work out what units owe for a month, without charging it.

Chunks of units are assessed with a number of queries that does not depend on their number:
`facts` loads, `fees.rules` calculates, `monthly` and `metered` join the two.
"""

from fees.assessment.results import Assessment, Omitted
from fees.assessment.units import assess

__all__ = ["Assessment", "Omitted", "assess"]
