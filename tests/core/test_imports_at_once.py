"""Two people, and two workers, at the same list: nothing comes in twice, one gets an answer."""

from functools import partial

import pytest

from core import imports, runs
from core.errors import Rejection
from core.models import ImportBatch
from estate.models import Unit
from tests.at_once import at_once
from tests.factories import SiteFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "building,unit\n" + "".join(f"3,{n:04d}\n" for n in range(20))


def work(batch):
    """Let two workers take the batch's run at once, until it ends."""
    while not all(
        run.is_ended for run in at_once(*[partial(runs.work_on_chunk, batch.run_id)] * 2)
    ):
        pass


def split(answers):
    refused = [each for each in answers if isinstance(each, Rejection)]
    return [each for each in answers if each not in refused], {each.code for each in refused}


def test_what_two_people_do_at_once_is_done_once_and_the_other_is_told_why():
    site, user = SiteFactory(), UserFactory()
    upload = partial(imports.upload, site, user, "units", "units.csv", LIST.encode())
    (batch,), refused = split(at_once(upload, upload))
    assert refused == {"busy"}
    work(batch)
    batch.refresh_from_db()
    assert (batch.state, batch.created) == (ImportBatch.State.CHECKED, 20)

    (batch,), refused = split(at_once(*[partial(imports.confirm, batch, user)] * 2))
    assert refused == {"wrong_state"}
    work(batch)
    batch.refresh_from_db()
    assert batch.state == ImportBatch.State.APPLIED
    assert Unit.objects.filter(building__site=site).count() == 20

    (batch,), refused = split(at_once(*[partial(imports.undo, batch, user)] * 2))
    assert refused == {"wrong_state"}
    work(batch)
    assert not Unit.objects.filter(building__site=site).exists()
