"""Manual readings: validation, correction and withdrawal."""

from datetime import timedelta
from decimal import Decimal

import pytest

from core import audit, clock
from core.errors import Rejection
from core.models import AuditEntry
from metering import services
from metering.models import MeterReading
from metering.plausibility import ImplausibleReading
from tests.at_once import at_once
from tests.factories import UserFactory
from tests.metering.meters import counting, install_meter, on, photo, read, used

pytestmark = pytest.mark.django_db


def rejection_of(meter, register, day, **more):
    with pytest.raises(Rejection) as caught:
        read(meter, register, day, **more)
    return caught.value


def test_a_meter_begins_with_its_installation_reading():
    meter = install_meter(register="12.5")
    assert counting(meter) == ["12.5"]
    assert meter.readings.get().stage == "installed"


def test_a_lower_reading_is_rejected_with_both_values_and_a_hint():
    meter = install_meter()
    read(meter, "300", 10)
    rejection = rejection_of(meter, "250.5", 20)
    assert rejection.field == "register"
    assert "250.5" in rejection.message
    assert "300.0" in rejection.message
    assert "2024-01-11 08:00" in rejection.message, "on the site's clock"
    for way in ("correct", "rollover", "replace"):
        assert way in rejection.hint
    assert counting(meter) == ["0.0", "300.0"]


def test_an_unchanged_register_means_no_consumption():
    meter = install_meter(register="300")
    read(meter, "300", 30)
    assert used(meter, 0, 30).amount == 0


def test_a_late_reading_lies_between_its_neighbours():
    meter = install_meter()
    read(meter, "300", 30)
    read(meter, "100", 10)
    assert "is not between 100.0" in rejection_of(meter, "301", 20).message
    assert "is not between 100.0" in rejection_of(meter, "99", 20).message
    read(meter, "200", 20)
    assert counting(meter) == ["0.0", "100.0", "200.0", "300.0"]


def test_a_confirmed_rollover_is_accepted():
    meter = install_meter(register="99990")
    rejection = rejection_of(meter, "10.5", 5)
    assert rejection.override == "rolled_over"
    read(meter, "10.5", 5, rolled_over=True)
    found = used(meter, 0, 5)
    assert found.amount == Decimal("20.5")
    assert found.rollovers == 1


def test_a_reading_within_a_rollover_needs_no_second_confirmation():
    meter = install_meter(register="99990")
    read(meter, "10", 10, rolled_over=True)
    read(meter, "99995", 3)
    read(meter, "4", 7)
    assert used(meter, 0, 10).amount == 20
    assert "is not between" in rejection_of(meter, "500", 8).message


def test_a_confirmed_rollover_is_rejected_if_the_register_rose():
    meter = install_meter(register="100")
    assert rejection_of(meter, "150", 5, rolled_over=True).field == "rolled_over"


def test_an_implausibly_large_rollover_needs_a_confirmation():
    meter = install_meter(register="500", most_per_day="20")
    rejection = rejection_of(meter, "400", 5, rolled_over=True)
    assert rejection.override == "accept_high"


def test_an_implausible_amount_is_accepted_with_a_reason():
    meter = install_meter(most_per_day="20")
    rejection = rejection_of(meter, "500", 10)
    assert rejection.override == "accept_high"
    assert "500.0 kWh in 10 days" in rejection.message
    assert rejection_of(meter, "500", 10, accept_high=True, note=" ").field == "reason"
    read(meter, "500", 10, accept_high=True, note="two heaters since the flood")
    assert counting(meter)[-1] == "500.0"


def test_without_a_limit_the_meters_history_sets_one():
    meter = install_meter(most_per_day=None)
    read(meter, "600", 30)
    read(meter, "1200", 60)
    assert "plausible maximum is 3000" in rejection_of(meter, "5000", 90).message
    read(meter, "2000", 90)


def test_without_limit_and_history_the_limit_is_a_tenth_of_the_capacity():
    meter = install_meter(most_per_day=None)
    assert "plausible maximum is 10000" in rejection_of(meter, "12030", 10).message


def test_a_unit_without_consumption_may_begin_to_consume():
    meter = install_meter(most_per_day=None)
    read(meter, "0", 60)
    read(meter, "100", 61)
    assert rejection_of(meter, "250", 62).override == "accept_high"


def test_the_limit_is_in_the_unit_of_measure():
    meter = install_meter(multiplier="40", most_per_day="400")
    rejection_of(meter, "11", 1)
    read(meter, "10", 1)
    assert used(meter, 0, 1).amount == 400


@pytest.mark.parametrize("register", ["100000", "-1", "12.34"])
def test_a_value_out_of_range_is_rejected(register):
    rejection = rejection_of(install_meter(), register, 1)
    assert rejection.field == "register"
    assert "99999.9" in rejection.hint


def test_a_reading_lies_within_the_meters_installation():
    meter = install_meter()
    assert rejection_of(meter, "1", -1).field == "at"
    assert rejection_of(meter, "0", 0).field == "at", "it has one of that time"
    tomorrow = (clock.now() - on(0)) / timedelta(days=1) + 1
    assert rejection_of(meter, "1", tomorrow).field == "at"


def test_a_manual_reading_needs_a_photo_or_a_note():
    meter = install_meter()
    assert rejection_of(meter, "1", 1, note="").field == "photo"
    read(meter, "1", 1, note="", photo=photo())
    read(meter, "2", 2, note="the lens is broken")


def test_a_correction_keeps_the_former_reading():
    meter = install_meter()
    wrong = read(meter, "3000", 30)
    actor = UserFactory()
    right = services.correct_reading(
        wrong, actor, register=Decimal(300), reason="a nought too many"
    )
    wrong.refresh_from_db()
    assert (wrong.register, wrong.state, wrong.reason) == (3000, "corrected", "a nought too many")
    assert (right.corrects, right.at, right.by) == (wrong, wrong.at, actor)
    assert counting(meter) == ["0.0", "300.0"]
    entry = AuditEntry.objects.filter(action="correct reading").get()
    assert (entry.detail["before"], entry.detail["after"]) == ("3000.0", "300.0")
    assert list(audit.problems(meter.site_id)) == []


def test_a_correction_lies_between_its_neighbours_too():
    meter = install_meter()
    middle = read(meter, "100", 10)
    read(meter, "200", 20)
    with pytest.raises(ImplausibleReading, match="is not between"):
        services.correct_reading(middle, UserFactory(), register=Decimal(201), reason="typo")
    assert counting(meter) == ["0.0", "100.0", "200.0"]


def test_a_corrected_reading_cannot_be_corrected_again():
    meter = install_meter()
    wrong = read(meter, "3000", 30)
    services.correct_reading(wrong, UserFactory(), register=Decimal(300), reason="typo")
    with pytest.raises(Rejection, match="is no longer valid"):
        services.correct_reading(wrong, UserFactory(), register=Decimal(301), reason="typo")


def test_correcting_a_reading_undoes_a_wrong_rollover():
    meter = install_meter(register="500")
    wrong = read(meter, "100", 10, rolled_over=True, accept_high=True)
    read(meter, "600", 20)
    services.correct_reading(wrong, UserFactory(), register=Decimal(550), reason="typo")
    assert used(meter, 0, 20).amount == 100


def test_an_undone_rollover_is_not_passed_on_to_the_next_reading():
    meter = install_meter(register="500")
    wrong = read(meter, "100", 10, rolled_over=True, accept_high=True)
    read(meter, "150", 20)
    with pytest.raises(ImplausibleReading) as caught:
        services.correct_reading(wrong, UserFactory(), register=Decimal(520), reason="typo")
    assert caught.value.override == "rolled_over"
    assert used(meter, 0, 20).amount == 99_650


def test_the_first_reading_can_be_corrected_but_not_withdrawn():
    meter = install_meter(register="500")
    first = meter.readings.get()
    read(meter, "600", 10)
    with pytest.raises(Rejection, match="correct it instead"):
        services.withdraw_reading(first, UserFactory(), "typo")
    with pytest.raises(ImplausibleReading, match="higher than 600"):
        services.correct_reading(first, UserFactory(), register=Decimal(700), reason="typo")
    right = services.correct_reading(first, UserFactory(), register=Decimal(550), reason="typo")
    assert right.stage == "installed"
    assert used(meter, 0, 10).amount == 50


def test_a_reading_of_another_meter_is_withdrawn():
    meter = install_meter()
    wrong = read(meter, "777", 10)
    services.withdraw_reading(wrong, UserFactory(), "that was the neighbour's")
    assert counting(meter) == ["0.0"]
    read(meter, "77", 10)


def test_withdrawing_a_reading_leaves_no_unconfirmed_decrease():
    meter = install_meter(register="99990")
    turned = read(meter, "3", 5, rolled_over=True)
    read(meter, "10", 10)
    with pytest.raises(ImplausibleReading, match=r"lower than 99990\.0"):
        services.withdraw_reading(turned, UserFactory(), "not ours")
    services.withdraw_reading(turned, UserFactory(), "not ours", rolled_over=True)
    assert used(meter, 0, 10).amount == 20


@pytest.mark.parametrize("reason", ["", "  "])
def test_corrections_need_a_reason(reason):
    reading = read(install_meter(), "10", 1)
    with pytest.raises(Rejection):
        services.correct_reading(reading, UserFactory(), register=Decimal(11), reason=reason)
    with pytest.raises(Rejection):
        services.withdraw_reading(reading, UserFactory(), reason)


def test_the_next_actual_reading_corrects_an_estimate():
    meter = install_meter()
    read(meter, "100", 30, estimated=True)
    found = used(meter, 0, 30)
    assert found.estimated
    assert found.billable
    read(meter, "180", 60)
    assert used(meter, 30, 60).amount == 80
    assert not used(meter, 0, 60).estimated


@pytest.mark.django_db(transaction=True)
def test_concurrent_readings_of_one_meter_stay_in_order():
    meter = install_meter()
    actor = UserFactory()
    tasks = [
        lambda day=day, register=register: read(meter, register, day, actor)
        for day, register in [(1, "300"), (2, "200")]
    ]
    done = at_once(*tasks)
    assert sum(isinstance(each, MeterReading) for each in done) == 1
    assert sum(isinstance(each, Rejection) for each in done) == 1


def face(meter, **said):
    whole = {"serial": "E-1", "whole_digits": 5, "decimals": 1, "multiplier": Decimal(1)}
    reason = "mistyped when it was installed"
    return services.correct_meter(meter, UserFactory(), **{**whole, "reason": reason, **said})


def test_correcting_a_multiplier_changes_all_consumption():
    meter = install_meter()
    read(meter, "10", 10)
    face(meter, multiplier=Decimal(40))
    assert used(meter, 0, 10).amount == 400
    entry = AuditEntry.objects.get(action="correct meter")
    assert (entry.detail["before"]["multiplier"], entry.detail["after"]["multiplier"]) == (
        "1",
        "40",
    )


def test_a_meter_s_digits_fit_all_of_its_readings():
    meter = install_meter()
    read(meter, "1234.5", 10)
    with pytest.raises(Rejection, match="whole_digits"):
        face(meter, whole_digits=3)
    with pytest.raises(Rejection, match="whole_digits"):
        face(meter, decimals=0)
    face(meter, whole_digits=6, decimals=2)
    assert counting(meter) == ["0.00", "1234.50"]


def test_serial_numbers_are_unique_at_a_site():
    meter = install_meter()
    install_meter(meter.site, serial="E-2")
    with pytest.raises(Rejection, match="serial"):
        face(meter, serial="E-2")
    with pytest.raises(Rejection, match="serial"):
        install_meter(meter.site, serial="E-2")
    install_meter(serial="E-2")
