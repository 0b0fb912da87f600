"""Enrolment photos for terminals: handed out once by an address, deleted as soon as possible."""

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet

from core import audit, clock
from doors.faces import enrolment, key_store
from doors.faces.key_store import KeyMissing
from doors.faces.purposes import PHOTO
from doors.faces.sealing import Unreadable
from doors.models import FacePhoto, FacePhotoLink
from people.models import ConsentGrant, Person

#: Without the consent to keep it, a photo is deleted after so long, whoever has not confirmed it.
LONGEST = timedelta(days=7)
#: A terminal fetches a photo when it gets the order.
LINK_VALID = timedelta(minutes=10)
_TOKEN_BYTES = 32


def has_photo(person: Person) -> bool:
    """Whether there is a photo of a person that terminals could get."""
    return FacePhoto.objects.filter(person=person).exists()


def link_for(person_id: int, device_id: int) -> str:
    """Return the token of an address under which a device may fetch a person's photo once.

    An earlier one for this device that was not used is no longer valid.

    Returns:
        Empty where there is no photo; the person has to be asked for one.
    """
    photo = FacePhoto.objects.filter(person=person_id).first()
    if photo is None or not key_store.exists(photo.key_id):
        return ""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    links = FacePhotoLink.objects.filter(photo=photo, device=device_id)
    links.filter(used_at=None).delete()
    links.create(
        photo=photo,
        device_id=device_id,
        digest=_digest(token),
        expires_at=clock.now() + LINK_VALID,
    )
    return token


@transaction.atomic
def fetch(token: str) -> bytes | None:
    """Return the JPEG of a link's photo, once; None where the link is not valid any more."""
    links = FacePhotoLink.objects.select_for_update(of=("self",)).filter(
        digest=_digest(token), used_at=None, expires_at__gt=clock.now()
    )
    link = links.select_related("photo__site", "device").first()
    if link is None:
        return None
    try:
        jpeg = enrolment.photo_of(link.photo)
    except (KeyMissing, Unreadable):
        return None
    link.used_at = clock.now()
    link.save(update_fields=["used_at"])
    subject = ("person", link.photo.person_id)
    audit.record(link.photo.site, "terminal", "send face photo", subject, device=link.device.code)
    return jpeg


def delete_confirmed(person: Person) -> int:
    """Delete a photo that every terminal has confirmed, unless the person lets it be kept."""
    rows = FacePhoto.objects.filter(person=person).exclude(person__in=_keeping())
    return rows.delete()[0]


def delete_old() -> int:
    """Delete the photos past seven days, but for those that may be kept; and used-up links."""
    FacePhotoLink.objects.filter(expires_at__lt=clock.now()).delete()
    rows = FacePhoto.objects.filter(taken_at__lt=clock.now() - LONGEST)
    return rows.exclude(person__in=_keeping()).delete()[0]


def _keeping() -> QuerySet[ConsentGrant, int | None]:
    return ConsentGrant.objects.filter(purpose=PHOTO, person__isnull=False).values_list(
        "person", flat=True
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
