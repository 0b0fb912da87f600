"""The access lists and visitor passes: validation, effect and end."""

from datetime import timedelta

import pytest

from access import lists, selectors
from core import clock
from core.errors import Rejection
from core.models import AuditEntry
from estate.models import Lane
from tests.factories import AccessListEntryFactory, SiteFactory, VisitorPassFactory
from tests.gate import GateScene, staff

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def add(site, **said):
    usual = {"kind": "allow", "plate": "沪A12345", "reason": "parcels", "begins_at": clock.now()}
    return lists.add_entry(site, staff(), **{**usual, **said})


def test_a_plate_on_the_allow_list_opens_the_gate_until_it_is_ended():
    gate = GateScene.build(priced=False)
    Lane.objects.update(reread_seconds=0)
    entry = add(gate.site, plate="沪 a·12345", begins_at=clock.now() - DAY)
    assert gate.sees(gate.entry, "沪A12345").state == "opening"
    lists.end_entry(entry, staff())
    gate.moves(gate.entry, "passed")
    assert gate.sees(gate.entry, "沪A12345").state == "held"


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"plate": "无牌车"}, "plate"),
        ({"reason": "  "}, "reason"),
        ({"ends_at": clock.now() - DAY}, "ends_at"),
    ],
)
def test_an_invalid_entry_is_rejected_at_its_field(said, field):
    site = SiteFactory()
    with pytest.raises(Rejection) as refused:
        add(site, **said)
    assert refused.value.field == field
    assert not selectors.access_list(site, ended=True).exists()


def test_an_entry_that_has_not_begun_ends_at_its_beginning():
    entry = AccessListEntryFactory(begins_at=clock.now() + DAY)
    ended = lists.end_entry(entry, staff())
    assert ended.ends_at - ended.begins_at < timedelta(seconds=1)


def test_ending_twice_has_no_further_effect():
    entry = AccessListEntryFactory()
    first = lists.end_entry(entry, staff()).ends_at
    assert lists.end_entry(entry, staff()).ends_at == first
    assert AuditEntry.objects.count() == 1


def test_a_cancelled_pass_admits_no_car_and_is_not_listed():
    gate = GateScene.build(priced=False)
    visit = lists.issue_pass(
        gate.site,
        staff(),
        plate="沪A54321",
        begins_at=clock.now() - DAY,
        ends_at=clock.now() + DAY,
        visitor_name="Mr Li",
    )
    lists.cancel_pass(visit, staff())
    assert gate.sees(gate.entry, "沪A54321").state == "held"
    assert not selectors.visitor_passes(gate.site).exists()
    assert selectors.visitor_passes(gate.site, ended=True).get().visitor_name == "Mr Li"


def test_cancelling_twice_has_no_further_effect():
    visit = VisitorPassFactory()
    first = lists.cancel_pass(visit, staff()).cancelled_at
    assert lists.cancel_pass(visit, staff()).cancelled_at == first


def test_lists_show_only_their_own_site():
    AccessListEntryFactory()
    VisitorPassFactory()
    assert not selectors.access_list(SiteFactory()).exists()
    assert not selectors.visitor_passes(SiteFactory()).exists()
