"""The seam to faces: who has enrolled one, and where a device downloads the photo, once.

The part that keeps faces registers a `FaceSource`. It subscribes to `doors.events.PersonLoaded`
and `PersonDeleted` for what devices have confirmed, and calls `planning.refresh_people` when a
person enrols, enrols again, or withdraws: the person's rows then change in the caller's
transaction, and orders to delete overtake everything else. Which devices have yet to confirm is
`selectors.entries_of`.
"""

from collections.abc import Collection, Mapping
from typing import Protocol


class FaceSource(Protocol):
    """Where photos of enrolled faces come from."""

    def enrolled(self, site_id: int, people: Collection[int]) -> Mapping[int, int]:
        """Return who of these people has a face enrolled that devices may have.

        Returns:
            By the key of the person, a number above 0 that differs for each enrolment: with
            another one, the photo is sent anew.
        """

    def photo_url(self, person_id: int, device_id: int) -> str | None:
        """Return an address from which one device downloads the enrolment photo, once.

        It is called right before the order is sent, and never stored but in the order, which is
        redacted once it is answered.

        Returns:
            None where the photo was deleted: the device's row then says that it needs one.
        """


class _NoFaces:
    """Nobody has enrolled a face."""

    def enrolled(self, site_id: int, people: Collection[int]) -> Mapping[int, int]:
        return {}

    def photo_url(self, person_id: int, device_id: int) -> str | None:
        return None


_source: FaceSource = _NoFaces()


def register_source(source: FaceSource) -> None:
    """Take photos from this source from now on."""
    global _source
    _source = source


def source() -> FaceSource:
    """Return where photos come from."""
    return _source
