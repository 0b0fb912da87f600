"""The records of a camera that was offline: taken together, they give what each alone would."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import pytest
from django.db import connection, models
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from access.models import Decision, Passage, PlateRead
from billing.models import Charge, LedgerEntry, LedgerLine
from core import clock
from core.events import publish, publish_together
from core.jobs import run_waiting
from core.models import AuditEntry
from devices import events
from devices.models import Command
from parking.models import Stay
from tests.parking.histories import History, Lot, Moved, Paid, Seen, at
from tests.parking.test_bulk import ALLOWED, RESIDENT, VISITOR, books, permits, visits

pytestmark = pytest.mark.django_db
RECEIVED = at(86_400)
# What identifies a row, or says when or how fast it was written.
_OWN = {"id", "public_id", "reference", "code", "memo", "took_us"}


@pytest.fixture
def set_clock(monkeypatch) -> Callable[[datetime], None]:
    return lambda now: monkeypatch.setattr(clock, "now", lambda: now)


def records(lot: Lot, lane: str, reads: Sequence[Seen]) -> list[events.PlateSeen]:
    """The messages of a lane's camera, all received at once."""
    return [
        events.PlateSeen(
            device_id=lot.lanes[lane].camera.pk,
            site_id=lot.gate.site.pk,
            key=f"record-{lane}-{read.at}",
            at=at(read.at),
            received_at=RECEIVED,
            buffered=read.offline,
            raw_text=read.plate,
            confidence=1.0,
            colour="yellow" if read.at % 3 == 0 else "",
        )
        for read in reads
        if read.lane == lane
    ]


def rows(lot: Lot, model: type[models.Model], **where: Any) -> list[dict[str, Any]]:
    """The rows of a model, without what differs between two lots: their ids, and when they ran."""
    stays = Stay.objects.filter(site=lot.gate.site).values_list("public_id", "plate", "entered_at")
    names = {public_id: f"{plate} {entered_at}" for public_id, plate, entered_at in stays}
    found = []
    for row in model.objects.filter(**where):
        values: dict[str, Any] = {}
        for field in model._meta.concrete_fields:
            value = getattr(row, field.attname)
            if field.is_relation and field.related_model is Passage:
                passage = getattr(row, field.name)
                value = passage and (passage.plate, passage.seen_at, passage.direction)
            elif field.is_relation or field.name in _OWN:
                continue
            elif field.name == "review":
                value = sorted(value)
            values[field.name] = names.get(value, value) if isinstance(value, str) else value
        found.append(values)
    return sorted(found, key=repr)


def everything(lot: Lot) -> dict[str, list[dict[str, Any]]]:
    site = lot.gate.site
    return {
        "passages": rows(lot, Passage, site=site),
        "reads": rows(lot, PlateRead, passage__site=site),
        "decisions": rows(lot, Decision, passage__site=site, passage__received_at=RECEIVED),
        "stays": rows(lot, Stay, site=site),
        "charges": rows(lot, Charge, site=site),
        "entries": rows(lot, LedgerEntry, site=site),
        "lines": rows(lot, LedgerLine, entry__site=site),
        "audit": rows(lot, AuditEntry, site=site),
        "commands": [{"number": Command.objects.filter(device__site=site).count()}],
    }


def play(lot: Lot, reads: Sequence[Seen], cameras: Sequence[str], *, together: bool) -> None:
    lot.set_clock(RECEIVED)
    for camera in cameras:
        batch = records(lot, camera, reads)
        if together and batch:
            publish_together(batch)
        else:
            for event in batch:
                publish(event)
        run_waiting()


@pytest.mark.parametrize("seed", [11, 12, 13])
@pytest.mark.parametrize("cameras", [("in", "in2"), ("in", "out")])
def test_records_taken_together_give_the_rows_of_each_alone(set_clock, seed, cameras):
    reads = [read for read, _moved in visits(seed)]
    lots = [Lot(set_clock), Lot(set_clock)]
    for lot, together in zip(lots, (False, True), strict=True):
        permits(lot)
        play(lot, reads, cameras, together=together)
    alone, at_once = (everything(lot) for lot in lots)
    for name, expected in alone.items():
        assert at_once[name] == expected, name
    assert at_once["passages"]
    assert at_once["commands"] == [{"number": 0}]
    assert not at_once["audit"]


@pytest.mark.parametrize("seed", [11, 12])
def test_whichever_camera_comes_first_the_stays_and_the_books_are_the_same(set_clock, seed):
    """Alone, a record may post a claim that the next one corrects; together it does not arise."""
    reads = [read for read, _moved in visits(seed)]
    lots = [Lot(set_clock), Lot(set_clock)]
    for lot, together in zip(lots, (False, True), strict=True):
        permits(lot)
        play(lot, reads, ("out", "in", "out2", "in2"), together=together)
    assert lots[1].outcome() == lots[0].outcome()
    assert books(lots[1]) == books(lots[0])


@st.composite
def outages(draw: st.DrawFn) -> tuple[History, list[Seen]]:
    """Draw the visits of a few cars before an outage, and one camera's record of each after it."""
    camera = draw(st.sampled_from(("in", "out", "out")))
    cars = (RESIDENT, VISITOR, ALLOWED, "沪N00001", "沪N00002")
    before: list[Seen | Moved | Paid] = []
    found = []
    for plate in draw(st.lists(st.sampled_from(cars), min_size=1, max_size=4, unique=True)):
        second = draw(st.integers(0, 20)) * 1001
        for has_left in draw(st.lists(st.booleans(), max_size=2)):
            before += [Seen(second, "in", plate), Moved(second + 5, "in", "passed", plate)]
            second += draw(st.sampled_from((300, 4000)))
            if draw(st.integers(0, 3)) == 0:
                before.append(Paid(second, plate, 500))
            if has_left:
                before.append(Seen(second + 20, "out", plate))
            if has_left and draw(st.booleans()):
                before.append(Moved(second + 25, "out", "passed", plate))
            second += 1500
        at_second = draw(st.sampled_from((second - 1400, 40_000, 50_000)))
        found.append(Seen(at_second, camera, plate, offline=draw(st.integers(0, 4)) > 0))
    return before, found


@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(outage=outages())
def test_records_of_cars_inside_and_of_regular_cars_give_the_rows_of_each_alone(set_clock, outage):
    before, found = outage
    lots = [Lot(set_clock), Lot(set_clock)]
    for lot, together in zip(lots, (False, True), strict=True):
        permits(lot)
        for event in sorted(before, key=lambda each: each.at):
            lot.deliver(event, at(event.at + 1))
        play(lot, found, ("in", "out"), together=together)
    alone, at_once = (everything(lot) for lot in lots)
    for name, expected in alone.items():
        assert at_once[name] == expected, name


def test_many_cars_that_left_during_an_outage_need_no_more_statements_than_two(set_clock):
    lot, counts = Lot(set_clock), []
    for number, cars in enumerate((2, 12)):
        plates = [f"沪N{number}{n:04d}" for n in range(cars)]
        for n, plate in enumerate(plates):
            lot.deliver(Seen(100 + n, "in", plate), at(100 + n))
        lot.set_clock(RECEIVED)
        exits = [
            Seen(9000 + 100 * number + n, "out", plate, True) for n, plate in enumerate(plates)
        ]
        with CaptureQueriesContext(connection) as captured:
            publish_together(records(lot, "out", exits))
        counts.append(len(captured))
    assert counts[1] <= counts[0] + 4 < 50
    stays = Stay.objects.filter(lot=lot.gate.lot)
    assert set(stays.values_list("status", "price")) == {("closed", 1500)}


def test_records_between_prompt_visits_correct_the_stays_that_they_concern(set_clock):
    """The cars came in before the outage, and left during it."""
    plates = [f"沪N0000{n}" for n in range(4)]
    entries = [Seen(100 + n, "in", plate) for n, plate in enumerate(plates)]
    exits = [Seen(9000 + n, "out", plate, offline=True) for n, plate in enumerate(plates)]
    lots = [Lot(set_clock), Lot(set_clock)]
    for lot, together in zip(lots, (False, True), strict=True):
        for entry in entries:
            lot.deliver(entry, at(entry.at))
            lot.deliver(Moved(entry.at + 5, "in", "passed", entry.plate), at(entry.at + 6))
        play(lot, exits, ["out"], together=together)
    stays = Stay.objects.filter(lot=lots[1].gate.lot)
    assert {(stay.status, *stay.review) for stay in stays} == {
        ("closed", "left_unpaid", "late_record")
    }
    assert everything(lots[1])["charges"] == everything(lots[0])["charges"]
    assert everything(lots[1])["lines"] == everything(lots[0])["lines"]
