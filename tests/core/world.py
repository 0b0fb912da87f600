"""The imports of a populated site: a list of people with an error. A legal hold."""

from datetime import timedelta

from core import clock, imports, retention, runs
from core.models import ImportBatch, LegalHold
from core.retention.holds import Subject
from tests.factories import UserFactory
from tests.rooms import World

PEOPLE = b"name,phone\nWang Min,13800001234\nLi Na,call her\n"


def check_list(world: World) -> ImportBatch:
    """A list of two people, of which one has no valid telephone number."""
    batch = imports.upload(world.site, UserFactory(), "people", "people.csv", PEOPLE)
    runs.work_on_chunk(batch.run_id)
    batch.refresh_from_db()
    return batch


def hold_plate(world: World) -> LegalHold:
    """A legal hold of a car that belongs to nobody here."""
    subject = Subject(kind="plate", plate="沪H00777")
    ends_at = clock.now() + timedelta(days=30)
    owner = UserFactory()
    return retention.place_hold(world.site, owner, subject, reason="a case", ends_at=ends_at)


ROWS = {"import_batch": check_list, "legal_hold": hold_plate}
