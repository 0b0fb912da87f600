"""Withdraw a consent: rows and key are gone at once, and the terminals confirm one by one."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from core import audit, clock
from doors.device_lists import planning
from doors.faces import removals
from doors.faces.purposes import PHOTO
from doors.models import FacePhoto, FaceRemoval, FaceTemplate
from doors.models.faces import PURPOSE
from estate.services.common import Actor
from people.consents import has_consented, record_statement
from people.models import ConsentStatement, Person

#: Who deletes the faces of people who have moved out.
ENDING = "end of faces"
_WITHDRAWN = ConsentStatement.State.WITHDRAWN


@dataclass(frozen=True)
class Proof:
    """What became of a person's face since it was last withdrawn.

    Attributes:
        ordered_at: when the rows were deleted.
        key_destroyed_at: when the key was; None within the minute.
    """

    ordered_at: datetime
    key_destroyed_at: datetime | None


@transaction.atomic
def withdraw(person: Person, actor: Actor, *, channel: str) -> None:
    """Withdraw the consent to the face at doors, and to keeping its photo.

    The database deletes template and photo with the consent; the key is destroyed once that is
    committed, and then every terminal with the face is ordered to delete it.
    """
    for purpose in (PURPOSE, PHOTO):
        if has_consented(person, purpose):
            record_statement(
                person, actor, purpose=purpose, state=_WITHDRAWN, at=clock.now(), channel=channel
            )
    planning.refresh_people(person.site_id, [person.pk])
    transaction.on_commit(removals.destroy_keys)


@transaction.atomic
def withdraw_photo(person: Person, actor: Actor, *, channel: str) -> None:
    """Withdraw the consent to keep the photo; the face goes on opening doors."""
    if has_consented(person, PHOTO):
        record_statement(
            person, actor, purpose=PHOTO, state=_WITHDRAWN, at=clock.now(), channel=channel
        )
    FacePhoto.objects.filter(person=person).delete()


def proof_of(person: Person) -> Proof | None:
    """Return what became of the face that a person withdrew last; None while one is enrolled."""
    if FaceTemplate.objects.filter(person=person).exists():
        return None
    rows = FaceRemoval.objects.filter(person_number=person.pk, is_replaced=False)
    latest = rows.order_by("-ordered_at", "-pk").first()
    return Proof(latest.ordered_at, latest.key_destroyed_at) if latest else None


@transaction.atomic
def end_face_of(person: Person, at: datetime) -> None:
    """Delete a person's face at an instant, now or ahead, because the person moves out."""
    rows = FaceTemplate.objects.filter(person=person)
    if at > clock.now():
        rows.filter(Q(ends_at=None) | Q(ends_at__gt=at)).update(ends_at=at)
        return
    _delete(rows)


def delete_ended() -> int:
    """Delete the faces of people who have moved out since; return how many."""
    return _delete(FaceTemplate.objects.filter(ends_at__lte=clock.now()))


@transaction.atomic
def _delete(rows: QuerySet[FaceTemplate]) -> int:
    ended = list(rows.select_related("person__site").defer("sealed").order_by("pk"))
    for template in ended:
        person = template.person
        FacePhoto.objects.filter(person=person).delete()
        template.delete()
        audit.record(person.site, ENDING, "end face", ("person", person.pk))
        planning.refresh_people(person.site_id, [person.pk])
    if ended:
        transaction.on_commit(removals.destroy_keys)
    return len(ended)
