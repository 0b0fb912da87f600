"""Two people who change the plan or its places at the same moment."""

import pytest

from core.errors import Rejection
from estate.models import Bay, Gate, Lot, PlanRevision
from estate.plans import services
from estate.services import BayRange, end_place, generate_bays
from tests.at_once import at_once
from tests.estate.plans import SMALL, drawing, gate, row
from tests.factories import LotFactory, SiteFactory
from tests.gate import staff

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def person():
    return staff()


def rejections(given):
    return [each.code for each in given if isinstance(each, Rejection)]


def test_of_two_people_who_save_the_first_draft_the_second_is_rejected(person):
    site = SiteFactory()
    given = at_once(
        lambda: services.save_drawing(site, person, drawing(gate("north")), version=0),
        lambda: services.save_drawing(site, person, drawing(gate("south")), version=0),
    )
    assert rejections(given) == ["changed_meanwhile"]
    assert PlanRevision.objects.count() == 1


def test_a_draft_is_published_once(person):
    site = SiteFactory()
    services.save_drawing(site, person, SMALL, version=0)
    given = at_once(*[lambda: services.publish_plan(site, person, version=1)] * 2)
    assert rejections(given) == ["no_draft"]
    assert Gate.objects.count() == 1


def test_a_lot_gets_no_bays_while_it_ends(person):
    lot = LotFactory(code="P1")
    services.save_drawing(lot.site, person, drawing(row()), version=0)
    at_once(
        lambda: services.publish_plan(lot.site, person, version=1),
        lambda: end_place(lot, person),
    )
    assert Lot.objects.get().ended_at is not None
    assert not Bay.objects.in_use().exists()


def test_bays_that_are_numbered_during_a_publication_exist_once(person):
    lot = LotFactory(code="P1")
    services.save_drawing(lot.site, person, drawing(row()), version=0)
    wanted = BayRange("A-", first=1, count=10, digits=2)
    given = at_once(
        lambda: services.publish_plan(lot.site, person, version=1),
        lambda: generate_bays(lot, person, wanted),
    )
    assert Bay.objects.count() == 10
    assert rejections(given) in ([], ["already_used"])
