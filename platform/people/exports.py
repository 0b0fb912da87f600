"""Exports of all that is held of a person, gathered in the background, to be downloaded."""

from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet

from core import audit, clock, holdings, runs
from core.models import Run, User
from people.holdings import identity_of
from people.models import Person, PersonExport

KIND = "export person"
KEPT_FOR = timedelta(days=7)


@transaction.atomic
def start_export(person: Person, actor: User) -> PersonExport:
    """Start to gather all that is held of a person; an export that is under way is returned."""
    Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    waiting = exports_of(person).filter(run__state__in=Run.UNFINISHED).first()
    if waiting is not None:
        return waiting
    audit.record(person.site, actor, "export person", ("person", person.pk))
    name = actor.get_username()
    total = len(holdings.parts())
    run = runs.start(KIND, person.site, name, total, {"person": person.pk})
    return PersonExport.objects.create(run=run, person=person, created_at=clock.now())


def exports_of(person: Person) -> QuerySet[PersonExport]:
    """Return a person's exports, the latest first."""
    return PersonExport.objects.filter(person=person).select_related("run").order_by("-pk")


def export_part(run: Run) -> runs.Chunk:
    """Gather what the next room holds, as a chunk of a run."""
    parts, number = holdings.parts(), run.cursor or 0
    export = PersonExport.objects.select_for_update().get(run=run)
    person = Person.objects.select_related("site").get(pk=run.parameters["person"])
    part = parts[number]
    found = {kind: rows for kind, rows in part.export(identity_of(person)) if rows}
    if found:
        export.data[part.room] = found
        export.save(update_fields=["data"])
    return runs.Chunk(1, cursor=number + 1 if number + 1 < len(parts) else None)


def delete_old() -> int:
    """Delete exports that are a week old, and return how many there were."""
    return PersonExport.objects.filter(created_at__lt=clock.now() - KEPT_FOR).delete()[0]


# The page that shows the progress asks for it, so no live topic announces it.
runs.register(KIND, export_part, lambda run: None)
