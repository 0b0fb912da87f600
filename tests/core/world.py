"""The imports of a populated site: a list of people with an error."""

from core import imports, runs
from core.models import ImportBatch
from tests.factories import UserFactory
from tests.rooms import World

PEOPLE = b"name,phone\nWang Min,13800001234\nLi Na,call her\n"


def check_list(world: World) -> ImportBatch:
    """A list of two people, of which one has no valid telephone number."""
    batch = imports.upload(world.site, UserFactory(), "people", "people.csv", PEOPLE)
    runs.work_on_chunk(batch.run_id)
    batch.refresh_from_db()
    return batch


ROWS = {"import_batch": check_list}
