"""Past its retention period a passage is deleted once no stay needs it, and a fact changes none."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from access.jobs import redact_passages
from access.models import Movement, Passage
from billing.models import Charge, Dispute, Payment
from core import clock
from parking.models import Stay
from tests.parking.histories import Lot, Moved, Paid, Seen, at

pytestmark = pytest.mark.django_db
CAR, OTHER = "苏E7K215", "浙A90R33"
HOUR, DAY = 3600, 86400
LATER = at(45 * DAY)


@pytest.fixture
def set_clock(monkeypatch) -> Callable[[datetime], None]:
    return lambda now: monkeypatch.setattr(clock, "now", lambda: now)


@pytest.fixture
def lot(set_clock) -> Lot:
    return Lot(set_clock)


def play(lot: Lot, *events) -> None:
    for event in events:
        lot.deliver(event, at(event.at))


def enters(plate: str, second: int = 0) -> list:
    return [Seen(second, "in", plate), Moved(second + 6, "in", "passed", plate)]


def leaves(plate: str, second: int) -> list:
    return [Seen(second, "out", plate), Moved(second + 60, "out", "passed", plate)]


def plates() -> list[str]:
    return sorted(each.plate for each in Passage.objects.all())


def test_the_reads_of_a_car_inside_are_kept_and_its_exit_is_priced(lot, set_clock):
    play(lot, *enters(CAR), *enters(OTHER, 300), *leaves(OTHER, 900))
    set_clock(LATER)
    assert redact_passages() == 2
    assert plates() == ["", "", CAR]
    lot.deliver(Seen(45 * DAY, "out", CAR), LATER)
    assert lot.outcome()["stays"][0]["due"] == 45 * 24 * 500


def test_the_reads_of_an_unpaid_stay_are_kept_until_it_is_paid(lot, set_clock):
    play(lot, *enters(CAR))
    lot.play([Seen(2 * HOUR, "out", CAR, offline=True)], at(3 * HOUR))
    set_clock(LATER)
    assert redact_passages() == 0
    lot.deliver(Paid(45 * DAY, CAR, 1000), LATER)
    assert redact_passages() == 2
    assert plates() == ["", ""]


def test_the_reads_of_a_disputed_stay_are_kept_until_it_is_decided(lot, set_clock):
    play(lot, *enters(CAR), Seen(2 * HOUR, "out", CAR), Paid(2 * HOUR + 20, CAR, 1000))
    assert set(Charge.objects.values_list("state", flat=True)) == {"settled"}
    dispute = Dispute.objects.create(
        payment=Payment.objects.get(),
        provider_ref="du_1",
        amount=1000,
        currency="CNY",
        created_at=clock.now(),
    )
    set_clock(LATER)
    assert redact_passages() == 0
    Dispute.objects.filter(pk=dispute.pk).update(state=Dispute.State.WON)
    assert redact_passages() == 2


def test_movements_that_name_plates_are_deleted_with_the_passages(lot, set_clock):
    play(lot, *enters(CAR), *leaves(CAR, 600), Moved(700, "in", "turned_back", OTHER))
    set_clock(LATER)
    redact_passages()
    assert not Movement.objects.exists()


@pytest.mark.parametrize("second", [-HOUR, HOUR, 3 * HOUR])
def test_a_fact_from_before_the_retention_period_only_makes_a_review(lot, set_clock, second):
    play(lot, *enters(CAR), *leaves(CAR, 600))
    play(lot, *enters(CAR, 2 * HOUR), *leaves(CAR, 2 * HOUR + 600))
    before = [(s.entered_at, s.left_at, s.status, s.price) for s in Stay.objects.order_by("pk")]
    camera = lot.lanes["in2"].camera
    camera.last_seen_at = None
    camera.save()
    # No device stores records for longer than 31 days.
    received = at(second) + timedelta(days=30, hours=20)
    lot.deliver(Seen(second, "in2", CAR, offline=True), received)
    after = [(s.entered_at, s.left_at, s.status, s.price) for s in Stay.objects.order_by("pk")]
    assert after == before
    marked = [s.pk for s in Stay.objects.order_by("pk") if "late_record" in s.review]
    assert len(marked) == (0 if second == 3 * HOUR else 1)
