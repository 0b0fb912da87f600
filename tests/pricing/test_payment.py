"""What is due after payments (rule 11)."""

from datetime import timedelta

import pytest

from pricing import Payment, StayError, due
from tests.pricing.cases import at, tariff

PRICED = tariff({"unit": 30, "price": 250}, exit_grace_minutes=15)
CAPPED = tariff(caps=[{"window": "24h", "amounts": [500]}])


def left(exit, *payments, priced=PRICED):
    return due(priced, at("10:00"), at(exit), payments).amount


def test_without_payments_the_whole_price_is_due():
    answer = due(PRICED, at("10:00"), at("11:00"))

    assert (answer.quote.amount, answer.paid, answer.amount, answer.leave_by) == (500, 0, 500, None)


def test_a_car_within_the_grace_leaves_without_paying_more():
    paid = Payment(at("11:00"), 500)

    assert left("11:15", paid) == 0
    assert due(PRICED, at("10:00"), at("11:10"), [paid]).leave_by == at("11:15")


def test_a_car_beyond_the_grace_pays_the_difference():
    assert left("11:15:01", Payment(at("11:00"), 500)) == 250


def test_a_car_within_the_grace_is_charged_the_price_that_it_paid():
    answer = due(PRICED, at("10:00"), at("11:10"), [Payment(at("11:00"), 500)])

    assert (answer.quote.amount, answer.charged.amount) == (750, 500)
    assert sum(line.amount for line in answer.charged.lines) == 500


def test_a_car_beyond_the_grace_is_charged_the_price_at_the_exit():
    answer = due(PRICED, at("10:00"), at("11:16"), [Payment(at("11:00"), 500)])

    assert answer.charged == answer.quote


def test_a_payment_in_part_grants_no_grace():
    assert left("11:01", Payment(at("11:00"), 499)) == 251


def test_payments_in_part_add_up_to_one_in_full():
    assert left("11:20", Payment(at("11:05"), 250), Payment(at("10:55"), 500)) == 0


def test_a_quote_paid_in_time_is_in_full_though_another_unit_began():
    late = at("11:02")

    assert left("11:10", Payment(late, 500)) == 250
    assert left("11:10", Payment(late, 500, quoted_at=at("10:59"))) == 0
    assert left("11:18", Payment(late, 500, quoted_at=at("10:59"))) == 250


def test_an_overpayment_leaves_nothing_due():
    assert left("11:00", Payment(at("10:10"), 9000)) == 0


def test_a_cap_holds_over_any_number_of_payments():
    payments = [Payment(at("12:00"), 200), Payment(at("15:00"), 300)]

    assert left("23:00", *payments, priced=CAPPED) == 0


def test_a_negative_payment_is_refused():
    with pytest.raises(StayError) as refused:
        left("11:00", Payment(at("10:30"), -1))

    assert refused.value.at == "paid.amount"


def test_the_grace_runs_by_elapsed_time_over_a_clock_change():
    entry, paid_at = at("01:00", day=29), at("01:55", day=29)

    answer = due(PRICED, entry, at("03:10", day=29), [Payment(paid_at, 500)])

    assert answer.amount == 0
    assert answer.leave_by - paid_at == timedelta(minutes=15)
