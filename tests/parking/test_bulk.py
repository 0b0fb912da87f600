"""Stays of many passages at once are those that the passages imply one by one."""

import random
from collections.abc import Callable
from datetime import datetime

import pytest

from access.bulk import PastRead, record_past_reads
from billing.selectors import balances
from core import clock
from parking.bulk import record_stays
from parking.models import Stay
from tests.factories import AccessListEntryFactory, VehicleFactory, VisitorPassFactory
from tests.parking.histories import Lot, Moved, Seen, at

pytestmark = pytest.mark.django_db
RESIDENT, VISITOR, ALLOWED = "沪R11111", "沪V22222", "沪W33333"


@pytest.fixture
def set_clock(monkeypatch) -> Callable[[datetime], None]:
    return lambda now: monkeypatch.setattr(clock, "now", lambda: now)


def visits(seed: int) -> list[tuple[Seen, int | None]]:
    """Return reads of a day by time, each with the second in which its car passed the lane."""
    chance = random.Random(seed)
    plates = [RESIDENT, VISITOR, ALLOWED, *(f"沪A{n:05d}" for n in range(8))]
    reads: list[tuple[Seen, int | None]] = []
    for second in sorted(chance.sample(range(0, 80000, 97), 40)):
        lane = chance.choice(("in", "in2", "out", "out2"))
        passes_at = second + 5 if chance.random() < 0.8 else None
        offline = chance.random() < 0.5
        reads.append((Seen(second, lane, chance.choice(plates), offline), passes_at))
    return reads


def permits(lot: Lot) -> None:
    site = lot.gate.site
    VehicleFactory(person__site=site, plate=RESIDENT, ends_at=at(40000))
    AccessListEntryFactory(site=site, plate=ALLOWED, begins_at=at(20000))
    VisitorPassFactory(site=site, plate=VISITOR, begins_at=at(0), ends_at=at(90000))


def one_by_one(lot: Lot, reads: list[tuple[Seen, int | None]], received: datetime) -> None:
    for read, moved_at in reads:
        lot.deliver(read, received)
        if moved_at is not None:
            lot.deliver(Moved(moved_at, read.lane, "passed", read.plate), received)


def in_bulk(lot: Lot, reads: list[tuple[Seen, int | None]], received: datetime) -> None:
    lot.set_clock(received)
    past = [
        PastRead(
            lane=lot.lanes[read.lane],
            plate=read.plate,
            at=at(read.at),
            received_at=received,
            moved_at=at(moved_at) if moved_at is not None else None,
            offline=read.offline,
        )
        for read, moved_at in reads
    ]
    record_stays(lot.gate.lot, record_past_reads(past))


def books(lot: Lot) -> list[tuple[str, int]]:
    return [(each.account, each.money.minor) for each in balances(lot.gate.site)]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_batch_of_new_cars_gives_the_stays_and_the_books_of_its_records(set_clock, seed):
    reads, received = visits(seed), at(86400)
    lots = [Lot(set_clock), Lot(set_clock)]
    for lot, record in zip(lots, (one_by_one, in_bulk), strict=True):
        permits(lot)
        record(lot, reads, received)
    assert lots[1].outcome() == lots[0].outcome()
    assert books(lots[1]) == books(lots[0])
    reviews = [
        sorted(map(sorted, lot.gate.lot.stays.values_list("review", flat=True))) for lot in lots
    ]
    assert reviews[0] == reviews[1]


@pytest.mark.parametrize("seed", [4, 5])
def test_a_batch_that_arrives_after_a_part_of_the_day_gives_the_same_stays(set_clock, seed):
    reads, received = visits(seed), at(86400)
    chance = random.Random(seed)
    early = [each for each in reads if chance.random() < 0.4]
    lots = [Lot(set_clock), Lot(set_clock)]
    for lot in lots:
        permits(lot)
    one_by_one(lots[0], reads, received)
    one_by_one(lots[1], early, received)
    in_bulk(lots[1], [each for each in reads if each not in early], received)
    assert lots[1].outcome() == lots[0].outcome()


def test_a_batch_recorded_twice_has_no_second_effect(set_clock):
    lot, reads = Lot(set_clock), visits(6)
    in_bulk(lot, reads, at(86400))
    before = lot.outcome()
    passages = [each for lane in lot.lanes.values() for each in lane.passages.all()]
    assert record_stays(lot.gate.lot, passages) == 0
    assert lot.outcome() == before
    assert Stay.objects.filter(status="undone").count() == 0
