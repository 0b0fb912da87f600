"""The events of people, companies and their occupancies."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class LastOccupancyEnded:
    """A person or a company has no occupancy any more from an instant on.

    Published in the transaction that ends the occupancy, so that rights kept here end with it, and
    durably for devices that store rights of their own.

    Attributes:
        site_id: the site.
        person_id, company_id: which of the two it is; the other one is None.
        at: from when on; now, or midnight of a day ahead.
        actor: who ended the occupancy, by user name.
    """

    site_id: int
    person_id: int | None
    company_id: int | None
    at: datetime
    actor: str


@dataclass(frozen=True)
class VehicleRegistered:
    """A vehicle is registered from an instant on, which may lie in the past.

    Published in the transaction that registers it, also where an end is withdrawn: the period that
    is registered since then begins at the end that was withdrawn.
    """

    site_id: int
    plate: str
    begins_at: datetime
