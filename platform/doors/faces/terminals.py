"""Faces on terminals: who is wanted there, where photos are fetched, and what terminals report."""

import hashlib
from collections.abc import Collection, Mapping

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from core import audit, clock
from devices.models import Device
from doors.device_lists import sending
from doors.device_lists.wanted import is_kept
from doors.events import PersonLoaded
from doors.faces import photos
from doors.models import DeviceEntry, DeviceList, DoorPassage, FaceRemoval, FaceTemplate
from people.models import Person

TERMINAL = "terminal"
State = DeviceEntry.State
# Hexadecimal digits: more would not fit a whole number of JSON.
_DIGITS = 12


class EnrolledFaces:
    """The faces of `FaceTemplate`, by `doors.device_lists.photos.FaceSource`."""

    def enrolled(self, site_id: int, people: Collection[int]) -> Mapping[int, int]:
        """Return who has a face, each with the number of the enrolment.

        A template exists only while its consent is in force, as the database enforces it.
        """
        rows = FaceTemplate.objects.filter(_in_force(), site=site_id, person__in=people)
        return {person: number_of(key) for person, key in rows.values_list("person_id", "key_id")}

    def photo_url(self, person_id: int, device_id: int) -> str | None:
        """Return an address from which the device fetches the photo, once within ten minutes."""
        token = photos.link_for(person_id, device_id)
        if not token:
            return None
        return settings.PUBLIC_URL.rstrip("/") + reverse("face_photo", args=[token])


def number_of(key_id: str) -> int:
    """Return the number of the enrolment with this key: each one has a key of its own."""
    return int(hashlib.sha256(key_id.encode()).hexdigest()[:_DIGITS], 16) or 1


def delete_photo_if_loaded(event: PersonLoaded) -> None:
    """Delete a photo once every terminal has it at which the face is wanted.

    In the transaction of the last terminal's answer, whose own entry is written after this.
    """
    template = FaceTemplate.objects.filter(person=event.person_id).first()
    if template is None or event.face != number_of(template.key_id):
        return
    wanted = DeviceEntry.objects.filter(person=event.person_id, face__gt=0)
    others = wanted.exclude(device=event.device_id).order_by("pk")
    if all(row.loaded.get("face") == row.face for row in others):
        photos.delete_confirmed(template.person)


@transaction.atomic
def look_at(passage: DoorPassage) -> bool:
    """Order a face to be deleted again that a terminal recognises without a consent.

    Returns:
        Whether it was so: the terminal has confirmed a deletion, or was never to have the face.
    """
    person, device = passage.person, passage.device
    if passage.means != "face" or person is None or device is None or not is_kept(device):
        return False
    if FaceTemplate.objects.filter(_in_force(), person=person).exists():
        return False
    removals = FaceRemoval.objects.filter(person_number=person.pk, is_replaced=False)
    if removals.filter(ordered_at__gte=passage.at).exists():
        return False  # recognised before the withdrawal, and reported later
    return _delete_again(device, person)


def _delete_again(device: Device, person: Person) -> bool:
    DeviceList.objects.get_or_create(device=device)
    new = {"site_id": device.site_id, "person": person, "state": State.GONE}
    rows = DeviceEntry.objects.select_for_update(of=("self",))
    row, _made = rows.get_or_create(device=device, key=str(person.pk), defaults=new)
    if row.state == State.REMOVING:
        return False  # it has not confirmed yet
    row.loaded = {"digest": "", "face": 1, "card": "", **row.loaded}
    row.loaded["face"] = row.loaded["face"] or 1
    row.state, row.reason, row.attempts, row.retry_at = State.REMOVING, "", 0, None
    row.changed_at = clock.now()
    row.save()
    subject = ("person", person.pk)
    audit.record(device.site, TERMINAL, "recognise deleted face", subject, device=device.code)
    transaction.on_commit(lambda: sending.advance(device.pk), robust=True)
    return True


def _in_force() -> Q:
    return Q(ends_at=None) | Q(ends_at__gt=clock.now())
