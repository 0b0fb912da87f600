"""Forgive a person who is held for being inside."""

from django.db import transaction

from core import audit, live
from doors.models import LastPass
from doors.topics import PASSAGE
from estate.models import DoorGroup
from estate.services.common import Actor
from people.models import Person


@transaction.atomic
def forgive(person: Person, group: DoorGroup, actor: Actor) -> bool:
    """Let a person enter a group again who has not left it; return whether that was needed."""
    inside = LastPass.objects.filter(group=group, person=person, direction="in", forgiven_by="")
    if not inside.update(forgiven_by=str(actor)):
        return False
    subject = ("door_group", group.pk)
    audit.record(group.site, actor, "forgive passback", subject, person=person.pk)
    live.announce(PASSAGE, group.site_id)
    return True


@transaction.atomic
def forgive_all(person: Person, actor: Actor) -> int:
    """Forgive a person in all groups that hold it for being inside; return in how many."""
    return sum(forgive(person, group, actor) for group in groups_holding(person))


def groups_holding(person: Person) -> list[DoorGroup]:
    """Return the groups of doors that hold a person for being inside, by code."""
    inside = LastPass.objects.filter(person=person, direction="in", forgiven_by="")
    groups = DoorGroup.objects.in_use().filter(pk__in=inside.values("group"))
    return list(groups.exclude(passback=DoorGroup.Passback.OFF).order_by("code"))
