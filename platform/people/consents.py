"""Purposes that need consent, and the statements by which people give and withdraw it.

The statement with the latest time counts, in whichever order statements arrive; of two of the same
time a withdrawal counts.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from core import audit, clock
from core.errors import Rejection
from estate.services.common import Actor, validate
from people.models import ConsentGrant, ConsentStatement, Person

#: Below this age a guardian gives consent.
AGE_OF_CONSENT = 14
#: A clock of another machine may be ahead by so much.
CLOCK_DRIFT = timedelta(minutes=5)
PERSON = "person"
State = ConsentStatement.State
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('consent'), hashtext(%s))"


@dataclass(frozen=True)
class Purpose:
    """What a consent is for.

    Attributes:
        code: its stable name.
        title: what pages call it.
        wording: what the person agrees to, in the language of the page.
        version: counts the changes of the wording, from 1.
    """

    code: str
    title: str | Promise
    wording: str | Promise
    version: int = 1


_purposes: dict[str, Purpose] = {}


def register_purpose(purpose: Purpose) -> None:
    """Declare a purpose; called by the room that needs the consent when apps start."""
    _purposes[purpose.code] = purpose


def purposes() -> tuple[Purpose, ...]:
    """Return the declared purposes, by code."""
    return tuple(_purposes[code] for code in sorted(_purposes))


@transaction.atomic
def record_statement(
    person: Person,
    actor: Actor,
    *,
    purpose: str,
    state: str,
    at: datetime,
    channel: str,
    text_version: int | None = None,
    guardian: str = "",
) -> ConsentStatement:
    """Record that a person gave or withdrew a consent, and put in force what counts now.

    Args:
        purpose: the code of a declared purpose.
        state: of `ConsentStatement.State`.
        at: when it was stated, which may be in the past.
        channel: where it was stated, such as ``portal`` or ``paper``.
        text_version: of the wording that the person was shown; the current one by default.
        guardian: the name of who gives it for a child.

    Raises:
        Rejection: the purpose or its version is unknown, the time is ahead, a value is malformed,
            or the person is a child and no guardian is named.
    """
    declared = _declared(purpose)
    version = declared.version if text_version is None else text_version
    _require_version(declared, version)
    _require_past(at)
    given = {"state": state, "at": at, "text_version": version, "channel": channel}
    statement = _statement(person, actor, purpose, guardian, given)
    validate(statement, ["state", "channel", "guardian"])
    _require_guardian(statement, person)
    _lock(person, purpose)
    statement.save(force_insert=True)
    _put_in_force(person, purpose)
    audit.record(person.site, actor, f"consent {state}", (PERSON, person.pk), purpose=purpose)
    return statement


def _statement(
    person: Person, actor: Actor, purpose: str, guardian: str, given: dict[str, Any]
) -> ConsentStatement:
    return ConsentStatement(
        site=person.site,
        subject_type=PERSON,
        subject_id=person.pk,
        purpose=purpose,
        guardian=" ".join(guardian.split()),
        recorded_at=clock.now(),
        recorded_by=actor if isinstance(actor, str) else actor.get_username(),
        **given,
    )


def has_consented(person: Person, purpose: str) -> bool:
    """Return whether a person's consent to a purpose is in force."""
    return ConsentGrant.objects.filter(person=person, purpose=purpose).exists()


@dataclass(frozen=True)
class ConsentState:
    """What counts of a person's consent to a purpose.

    Attributes:
        purpose: what it is for.
        statement: the one that counts; None if nothing was stated.
        in_force: whether the consent is given.
    """

    purpose: Purpose
    statement: ConsentStatement | None
    in_force: bool


def consents_of(person: Person) -> list[ConsentState]:
    """Return what counts of a person's consents, for each declared purpose."""
    granted = set(ConsentGrant.objects.filter(person=person).values_list("purpose", flat=True))
    latest: dict[str, ConsentStatement] = {}
    for statement in statements_of(person).order_by("at", "state", "pk"):
        latest[statement.purpose] = statement
    return [
        ConsentState(purpose, latest.get(purpose.code), purpose.code in granted)
        for purpose in purposes()
    ]


def statements_of(person: Person) -> QuerySet[ConsentStatement]:
    """Return all statements of a person, the latest first."""
    rows = ConsentStatement.objects.filter(
        site=person.site_id, subject_type=PERSON, subject_id=person.pk
    )
    return rows.order_by("-at", "-pk")


def _declared(purpose: str) -> Purpose:
    if purpose not in _purposes:
        raise Rejection(
            "purpose",
            "unknown",
            _("%(purpose)s is not a purpose") % {"purpose": purpose},
            _("choose one of the purposes"),
            params={"purpose": purpose},
        )
    return _purposes[purpose]


def _require_guardian(statement: ConsentStatement, person: Person) -> None:
    if statement.state != State.GIVEN or statement.guardian:
        return
    if is_child(person, statement.at):
        raise Rejection(
            "guardian",
            "missing",
            _("a guardian gives consent for a child under %(age)s") % {"age": AGE_OF_CONSENT},
            _("enter the guardian's name"),
        )


def _require_version(purpose: Purpose, version: int) -> None:
    if not 1 <= version <= purpose.version:
        raise Rejection(
            "text_version",
            "unknown",
            _("there is no such version of the text"),
            _("enter 1 to %(latest)s") % {"latest": purpose.version},
        )


def _require_past(at: datetime) -> None:
    if at > clock.now() + CLOCK_DRIFT:
        raise Rejection(
            "at", "ahead", _("the time is in the future"), _("enter a time in the past")
        )


def is_child(person: Person, at: datetime) -> bool:
    """Return whether a person was a child then; one whose date of birth is unknown was not."""
    return person.born_on is not None and _age(person.born_on, at.date()) < AGE_OF_CONSENT


def _age(born_on: date, day: date) -> int:
    before_birthday = (day.month, day.day) < (born_on.month, born_on.day)
    return day.year - born_on.year - before_birthday


def _lock(person: Person, purpose: str) -> None:
    """Let a second statement on the same consent wait, so that it sees the first."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [f"{PERSON} {person.pk} {purpose}"])


def _put_in_force(person: Person, purpose: str) -> None:
    # Descending by state, a withdrawal comes before a consent of the same time.
    latest = statements_of(person).filter(purpose=purpose).order_by("-at", "-state", "-pk").first()
    grant = ConsentGrant.objects.filter(person=person, purpose=purpose).first()
    if latest is None or latest.state == State.WITHDRAWN:
        if grant is not None:
            grant.delete()
    elif grant is None:
        ConsentGrant.objects.create(
            site=person.site,
            subject_type=PERSON,
            subject_id=person.pk,
            person=person,
            purpose=purpose,
            statement=latest,
        )
    elif grant.statement_id != latest.pk:
        grant.statement = latest
        grant.save(update_fields=["statement"])
