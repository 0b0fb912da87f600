"""Which terminals have a person's face, and which have confirmed that they deleted it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.text_lists import joined
from devices.models import Device
from doors.device_lists.selectors import entries_of
from doors.faces.other_means import FACE
from doors.faces.withdrawal import Proof, proof_of
from doors.models import DeviceEntry
from estate.door_abilities import abilities_of
from estate.models import DoorDevice
from people.models import Person

State = DeviceEntry.State


@dataclass(frozen=True)
class Terminal:
    """Where one terminal stands with a person's face.

    Attributes:
        place: the door at which it is; its code where it serves none.
        confirmed_at: when it answered that it has the face, or that it has deleted it; None while
            it has not.
        is_online: whether it is connected; one that isn't gets its order when it is back.
        needs_photo: whether it can't be loaded until the person enrols again.
    """

    device: Device
    place: str
    confirmed_at: datetime | None
    is_online: bool
    needs_photo: bool = False


@dataclass(frozen=True)
class Deletion:
    """What became of a face that was withdrawn, here and at the terminals that had it."""

    proof: Proof
    terminals: Sequence[Terminal]

    @property
    def confirmed(self) -> list[Terminal]:
        """The terminals that have confirmed the deletion."""
        return [each for each in self.terminals if each.confirmed_at is not None]

    @property
    def last_confirmed_at(self) -> datetime | None:
        """When the last of them did; None while one has not, or if none had the face."""
        instants = [each.confirmed_at for each in self.confirmed if each.confirmed_at]
        return max(instants) if instants and len(instants) == len(self.terminals) else None

    @property
    def is_complete(self) -> bool:
        """Whether the key is destroyed and no terminal has yet to confirm."""
        is_gone = self.proof.key_destroyed_at is not None
        return is_gone and len(self.confirmed) == len(self.terminals)


def deletion_of(person: Person) -> Deletion | None:
    """Return what became of the face that a person withdrew last; None while one is enrolled."""
    proof = proof_of(person)
    if proof is None:
        return None
    rows = [row for row in _entries(person) if _may_have_face(row) or _answered_since(row, proof)]
    return Deletion(
        proof, _terminals((row, None if _may_have_face(row) else row.answered_at) for row in rows)
    )


def loaded_of(person: Person) -> list[Terminal]:
    """Return the terminals on which an enrolled face is wanted, and which of them have it."""
    rows = [row for row in _entries(person) if row.face or _is_needing(row)]
    return _terminals((row, row.answered_at if _has_face(row) else None) for row in rows)


def _entries(person: Person) -> list[DeviceEntry]:
    """Return the person's entries at devices that recognise faces."""
    rows = entries_of(person.pk)
    return [row for row in rows if FACE in abilities_of(row.device).means]


def _terminals(found: Iterable[tuple[DeviceEntry, datetime | None]]) -> list[Terminal]:
    rows = list(found)
    places = _places([row.device_id for row, _at in rows])
    return [
        Terminal(
            row.device,
            places.get(row.device_id, str(row.device)),
            at,
            row.device.state == Device.State.ONLINE,
            _is_needing(row),
        )
        for row, at in rows
    ]


def _places(devices: list[int]) -> dict[int, str]:
    served = DoorDevice.objects.filter(device__in=devices, door__ended_at=None)
    names: dict[int, list[str]] = {}
    for each in served.select_related("door").order_by("number", "pk"):
        names.setdefault(each.device_id, []).append(each.door.name)
    return {device: joined(dict.fromkeys(found)) for device, found in names.items()}


def _may_have_face(row: DeviceEntry) -> bool:
    is_open = row.command_id is not None or row.is_uncertain
    return bool(row.loaded.get("face")) or (is_open and bool(row.sent.get("face")))


def _answered_since(row: DeviceEntry, proof: Proof) -> bool:
    """Whether the device has answered since the withdrawal: it was asked to delete."""
    return row.answered_at is not None and row.answered_at >= proof.ordered_at


def _has_face(row: DeviceEntry) -> bool:
    return bool(row.face) and row.loaded.get("face") == row.face


def _is_needing(row: DeviceEntry) -> bool:
    return row.state == State.NEEDS_PHOTO
