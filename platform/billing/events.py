"""The events of billing."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ChargePaid:
    """Money was received for a charge; delivered after its transaction has committed.

    Attributes:
        charge_id: the charge that the money counts towards, a draft perhaps.
        source_type, source_id: the charge's cause.
        payment: the public id of the payment.
        amount: how much of the payment counts towards the charge, in minor units; 0 where nothing
            was due of it any more, so that all is due for refund.
        paid_at: the provider's time of payment.
    """

    site_id: int
    charge_id: int
    source_type: str
    source_id: str
    payment: str
    amount: int
    currency: str
    paid_at: datetime
