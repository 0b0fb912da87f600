"""Which of the many combinations of a check are tried in this run.

Checks of every address, in every browser and by every role, have more combinations than time.
Each run tries some of them, so that each address meets each role, method, width, theme and
language; the next number has others, and a few numbers have all.
"""

import os

#: With another number a check meets other combinations; without one, a run repeats the last.
ROTATION = int(os.environ.get("GATEHOUSE_ROTATION", "30"))
