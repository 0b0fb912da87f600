"""The events of doors."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class PersonLoaded:
    """A device has confirmed that a person is on its list; in the transaction of the answer.

    Attributes:
        site_id, device_id, person_id: of the rows.
        face: the number of the enrolment whose photo it has taken (`photos.FaceSource`); 0 if
            the person is there by a card alone.
        at: when the device has answered.
    """

    site_id: int
    device_id: int
    person_id: int
    face: int
    at: datetime


@dataclass(frozen=True)
class PersonDeleted:
    """A device has confirmed that a person is no longer on its list; in the same transaction.

    Attributes:
        had_face: whether the person's face was there.
    """

    site_id: int
    device_id: int
    person_id: int
    had_face: bool
    at: datetime


@dataclass(frozen=True)
class TimeProfileChanged:
    """A time profile was created, changed or removed; in the transaction of the change."""

    site_id: int
