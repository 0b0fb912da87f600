"""What follows from a deleted template: its key is destroyed, and its owner asked where due.

A trigger notes each deleted template, whoever deleted it and in whichever way. Keys are destroyed
once that is committed, and terminals with the face are ordered to delete it; a job each minute does
the same for what no process of ours has deleted.
"""

from collections import defaultdict
from datetime import timedelta

from django.db import transaction

from core import audit, clock, live
from doors.device_lists import planning
from doors.faces import key_store
from doors.faces.notices import ask_again
from doors.models import FacePhoto, FaceRemoval, FaceTemplate
from doors.topics import FACE

#: A key of an enrolment that has not been committed yet is left alone for so long.
UNFINISHED = timedelta(hours=1)
SENDER = "face keys"
_BATCH = 500


def destroy_keys() -> int:
    """Destroy the keys of deleted templates, and of those that were replaced; return how many.

    Who has withdrawn by way of `withdrawal` is on no terminal's list any more; the lists of those
    whose consent was deleted in another way follow here.
    """
    rows = _destroy()
    people: dict[int, set[int]] = defaultdict(set)
    for removal in rows:
        if not removal.is_replaced:
            people[removal.site_number].add(removal.person_number)
    for site_id in sorted(people):
        planning.refresh_people(site_id, people[site_id])
    return len(rows)


@transaction.atomic
def _destroy() -> list[FaceRemoval]:
    waiting = FaceRemoval.objects.filter(key_destroyed_at=None).select_for_update(skip_locked=True)
    rows = list(waiting.order_by("pk")[:_BATCH])
    for removal in rows:
        key_store.destroy(removal.key_id)
        removal.key_destroyed_at = clock.now()
        removal.save(update_fields=["key_destroyed_at"])
        if not removal.is_replaced:
            live.announce(FACE, removal.site_number, removal.person_number)
    return rows


def delete_orphans() -> int:
    """Delete what has lost its counterpart; return how many templates had lost their keys.

    A template without its key comes from a backup: its owner is asked to enrol again. A key
    without a template comes from an enrolment that failed, or was made after the backup.
    """
    lost = [row for row in _templates() if not key_store.exists(row.key_id)]
    for template in lost:
        _delete_lost(template)
    used = set(FaceTemplate.objects.values_list("key_id", flat=True))
    used |= set(FacePhoto.objects.values_list("key_id", flat=True))
    for name in list(key_store.older_than(clock.now() - UNFINISHED)):
        if name not in used:
            key_store.destroy(name)
    return len(lost)


def _templates() -> list[FaceTemplate]:
    rows = FaceTemplate.objects.select_related("person__site").defer("sealed")
    return list(rows.order_by("pk"))


@transaction.atomic
def _delete_lost(template: FaceTemplate) -> None:
    person = template.person
    FacePhoto.objects.filter(person=person).delete()
    template.delete()
    audit.record(person.site, SENDER, "delete face without key", ("person", person.pk))
    planning.refresh_people(person.site_id, [person.pk])
    ask_again(person)
    transaction.on_commit(destroy_keys)
