"""Erase what is held of a person in the background."""

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, holdings, runs
from core.errors import Rejection
from core.models import Run, User
from estate.services.common import Actor
from people.accounts import requests
from people.holdings import identity_of
from people.models import Person, ResidentRequest

KIND = "erase person"


def erasure_blocks(person: Person) -> list[str]:
    """Return what must be settled before a person's data can be erased."""
    return holdings.blocks(identity_of(person))


@transaction.atomic
def start_erasure(person: Person, actor: Actor) -> Run:
    """Start to erase all data of a person; a row without data stays where others refer to it.

    Raises:
        Rejection: it was erased before, or something must be settled first.
    """
    person = Person.objects.select_for_update(of=("self",)).select_related("site").get(pk=person.pk)
    if person.erased_at is not None:
        raise Rejection(
            "person", "erased", _("this person's data was erased before"), _("choose another one")
        )
    found = erasure_blocks(person)
    if found:
        raise Rejection("person", "unsettled", "; ".join(found), _("settle this first"))
    audit.record(person.site, actor, "erase person", ("person", person.pk))
    name = actor if isinstance(actor, str) else actor.get_username()
    total = len(holdings.parts())
    return runs.start(KIND, person.site, name, total, {"person": person.pk})


@transaction.atomic
def approve_erasure(request: ResidentRequest, actor: User) -> Run:
    """Start the erasure that a resident has asked for.

    Raises:
        Rejection: see `start_erasure`; or the request was decided meanwhile.
    """
    run = start_erasure(request.person, actor)
    requests.approve(request, actor)
    return run


def erase_part(run: Run) -> runs.Chunk:
    """Erase what the next room holds, as a chunk of a run.

    The parameters hold the person's key alone. What the others find rows by is read from the
    person each time, so the person's own row is the last.
    """
    parts, number = holdings.parts(), run.cursor or 0
    part = parts[number]
    person = Person.objects.get(pk=run.parameters["person"])
    erased = part.erase(identity_of(person))
    result = {part.room: {"rows": erased.rows, "kept": dict(erased.kept)}}
    return runs.Chunk(1, cursor=number + 1 if number + 1 < len(parts) else None, result=result)


def latest_erasure(person: Person) -> Run | None:
    """Return the run that erases or has erased a person's data."""
    rows = Run.objects.filter(kind=KIND, site=person.site_id, parameters__person=person.pk)
    return rows.order_by("-pk").first()


# The page that shows the progress asks for it, so no live topic announces it.
runs.register(KIND, erase_part, lambda run: None)
