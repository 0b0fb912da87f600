"""A visitor pass for the car that waits at a lane."""

from datetime import timedelta

import pytest

from access import lists
from access.models import Passage, VisitorPass
from access.visitors import admit_visitor
from core import clock
from core.errors import Rejection
from parking.models import LotRules, Stay
from tests.factories import AccessListEntryFactory, VisitorPassFactory
from tests.gate import GateScene, decision_of, staff

pytestmark = pytest.mark.django_db
TONIGHT = timedelta(hours=12)


@pytest.fixture
def gate() -> GateScene:
    """A gate of a lot that holds unknown cars for the guard."""
    gate = GateScene.build()
    LotRules.objects.create(lot=gate.lot, admits_unknown=False)
    return gate


def admit(passage: Passage, **said: object) -> VisitorPass:
    given = {"plate": passage.plate, "ends_at": clock.now() + TONIGHT}
    return admit_visitor(passage, staff(), **given | said)


def test_a_pass_lets_the_waiting_car_in(gate):
    passage = gate.sees(gate.entry, "沪A77777")
    assert decision_of(passage).outcome == "hold"
    visit = admit(passage, visitor_name="Wang")
    assert (decision_of(passage).outcome, decision_of(passage).rule) == ("open", "visitor_pass")
    assert Stay.objects.get(plate="沪A77777").visitor_pass == visit
    assert visit.visitor_name == "Wang"


def test_the_pass_begins_when_the_car_was_seen(gate):
    passage = gate.sees(gate.entry, "沪A77777", ago=timedelta(seconds=40))
    assert admit(passage).begins_at == passage.seen_at


def test_a_blocked_plate_stays_outside(gate):
    AccessListEntryFactory(site=gate.site, plate="沪A77777", kind="block")
    passage = gate.sees(gate.entry, "沪A77777")
    admit(passage)
    assert decision_of(passage).outcome == "refuse"


def test_a_pass_for_another_plate_does_not_open_the_barrier(gate):
    passage = gate.sees(gate.entry, "沪A77777")
    admit(passage, plate="沪A11111")
    assert decision_of(passage).outcome == "hold"


@pytest.mark.parametrize("said", [{"plate": "无牌车"}, {"ends_at": clock.now() - TONIGHT}])
def test_an_invalid_pass_is_rejected_and_nothing_is_decided(gate, said):
    passage = gate.sees(gate.entry, "沪A77777")
    with pytest.raises(Rejection):
        admit(passage, **said)
    assert passage.decisions.count() == 1
    assert not VisitorPass.objects.exists()


def test_a_car_that_has_left_only_gets_its_pass(gate):
    passage = gate.sees(gate.entry, "沪A77777")
    Passage.objects.filter(pk=passage.pk).update(state=Passage.State.TURNED_BACK)
    assert admit(passage).plate == "沪A77777"
    assert passage.decisions.count() == 1


def test_a_car_with_a_pass_already_needs_no_other(gate):
    given = {"begins_at": clock.now() - TONIGHT, "ends_at": clock.now() + TONIGHT}
    lists.issue_pass(gate.site, staff(), plate="沪A77777", **given)
    assert decision_of(gate.sees(gate.entry, "沪A77777")).outcome == "open"


@pytest.mark.parametrize("first", [0, 1])
def test_of_overlapping_passes_the_one_that_began_first_is_used(gate, first):
    begins = [clock.now() - timedelta(hours=hours) for hours in (2, 1)]
    if first:
        begins.reverse()
    passes = [
        VisitorPassFactory(site=gate.site, plate="鄂F0A12C", begins_at=each) for each in begins
    ]
    passes[0].save()  # the table's order is no rule
    gate.sees(gate.entry, "鄂F0A12C")
    assert Stay.objects.get().visitor_pass == passes[first]
