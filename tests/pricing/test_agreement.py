"""The engine against a second evaluator, and what must hold for every tariff."""

from datetime import UTC, timedelta

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from pricing import (
    Payment,
    TariffError,
    check_publishable,
    due,
    parse_tariff,
    price,
)
from tests.pricing.reference import reference_due, reference_price
from tests.pricing.strategies import covers, instants, lengths, one_rate, stays, tariffs, vehicles

thoroughly = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
rarely = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
briefly = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@thoroughly
@given(tariffs(), stays())
def test_random_stays_cost_what_the_second_evaluator_computes(document, several):
    priced = parse_tariff(document)
    for entry, length, vehicle, covered_until, covered in several:
        options = {"vehicle": vehicle, "covered_until": covered_until, "covered": covered}

        quote = price(priced, entry, entry + length, **options)

        assert quote.amount == reference_price(document, entry, entry + length, **options)


@briefly
@given(
    tariffs(),
    instants(),
    lengths(1),
    st.lists(st.tuples(st.integers(0, 1500), st.integers(0, 3000)), max_size=3),
)
def test_the_amount_due_after_payments_is_what_the_second_evaluator_computes(
    document, entry, length, payments
):
    received = [(entry + timedelta(minutes=minute), amount) for minute, amount in payments]

    answer = due(
        parse_tariff(document), entry, entry + length, [Payment(*each) for each in received]
    )

    assert answer.amount == reference_due(document, entry, entry + length, received)


@briefly
@given(tariffs(), instants(), lengths())
def test_the_lines_add_up_to_the_amount_and_only_caps_are_negative(document, entry, length):
    quote = price(parse_tariff(document), entry, entry + length)

    assert sum(line.amount for line in quote.lines) == quote.amount >= 0
    for line in quote.lines:
        assert (line.amount < 0) == (line.cap in {"segment", "day", "24h", "stay"})
        assert line.start.astimezone(UTC) < line.end.astimezone(UTC)
        assert (line.units > 0) == (line.cap is None)


@briefly
@given(tariffs(), instants(), vehicles())
def test_a_stay_of_no_time_costs_nothing(document, entry, vehicle):
    assert price(parse_tariff(document), entry, entry, vehicle=vehicle).amount == 0


@thoroughly
@given(
    tariffs(["cut", "carry", "entry"]),
    instants(),
    lengths(2),
    st.lists(st.integers(1, 400), min_size=1, max_size=12),
)
def test_a_longer_stay_never_costs_less(document, entry, length, extensions):
    priced = parse_tariff(document)
    before = price(priced, entry, entry + length).amount
    for minutes in extensions:
        length += timedelta(minutes=minutes)
        after = price(priced, entry, entry + length).amount
        assert after >= before
        before = after


@rarely
@given(tariffs(["total"]), instants(), lengths(1), st.lists(st.integers(1, 90), max_size=12))
def test_a_total_tariff_that_may_be_published_never_charges_less_for_longer(
    document, entry, length, extensions
):
    priced = parse_tariff(document)
    try:
        check_publishable(priced)
    except TariffError:
        assume(False)
    before = price(priced, entry, entry + length).amount
    for minutes in extensions:
        length += timedelta(minutes=minutes)
        after = price(priced, entry, entry + length).amount
        assert after >= before
        before = after


@briefly
@given(
    tariffs(["cut", "carry", "entry"]),
    instants(),
    lengths(2),
    st.lists(st.integers(0, 100), min_size=1, max_size=4),
)
def test_paying_on_the_way_never_costs_more_and_caps_survive(document, entry, length, percents):
    priced = parse_tariff(document)
    leaving = entry + length
    payments = []
    for percent in sorted(percents):
        moment = entry + length * percent / 100
        payments.append(Payment(moment, due(priced, entry, moment, payments).amount))

    total = sum(payment.amount for payment in payments)
    total += due(priced, entry, leaving, payments).amount

    assert total <= price(priced, entry, leaving).amount


@briefly
@given(
    tariffs(),
    instants(),
    lengths(1),
    covers(),
    st.integers(0, 100),
    st.integers(0, 600),
    st.integers(0, 100),
)
def test_what_was_quoted_and_paid_is_the_price_until_the_grace_ends(
    document, entry, length, spans, percent, waited, share
):
    priced = parse_tariff(document)
    covered = spans_from(entry, spans)
    quoted_at = entry + length * percent / 100
    quoted = price(priced, entry, quoted_at, covered=covered).amount
    paid_at = quoted_at + timedelta(seconds=waited)
    leaving = paid_at + timedelta(minutes=priced.exit_grace_minutes) * share / 100
    payment = Payment(paid_at, quoted, quoted_at=quoted_at)

    answer = due(priced, entry, leaving, [payment], covered=covered)

    assert answer.amount == 0
    assert answer.charged.amount == min(
        quoted, price(priced, entry, leaving, covered=covered).amount
    )
    assert sum(line.amount for line in answer.charged.lines) == answer.charged.amount


@briefly
@given(tariffs(), instants(), lengths(1))
def test_the_same_question_has_the_same_answer(document, entry, length):
    first = price(parse_tariff(document), entry, entry + length)
    priced = parse_tariff(document)
    price(priced, entry - timedelta(days=3), entry + length)

    assert price(priced, entry, entry + length) == first


def spans_from(entry, spans):
    return [(entry + begins, entry + begins + lasts) for begins, lasts in spans]


@briefly
@given(tariffs(), instants(), lengths(), covers())
def test_cover_never_makes_a_stay_dearer_and_its_lines_add_up(document, entry, length, spans):
    priced = parse_tariff(document)

    quote = price(priced, entry, entry + length, covered=spans_from(entry, spans))

    assert sum(line.amount for line in quote.lines) == quote.amount
    assert quote.amount <= price(priced, entry, entry + length).amount
    for line in quote.lines:
        assert line.start.astimezone(UTC) < line.end.astimezone(UTC) <= entry + length


@briefly
@given(one_rate(), instants(), lengths(), covers(), covers())
def test_more_cover_never_makes_a_stay_dearer_under_one_rate(
    document, entry, length, spans, additional
):
    priced = parse_tariff(document)
    amounts = [
        price(priced, entry, entry + length, covered=spans_from(entry, covered)).amount
        for covered in (spans, spans + additional)
    ]

    assert amounts[1] <= amounts[0]


@briefly
@given(
    tariffs(["cut", "carry", "entry"]),
    instants(),
    lengths(2),
    covers(),
    st.lists(st.integers(1, 400), min_size=1, max_size=8),
)
def test_a_longer_stay_with_cover_never_costs_less(document, entry, length, spans, extensions):
    priced = parse_tariff(document)
    covered = spans_from(entry, spans)
    before = price(priced, entry, entry + length, covered=covered).amount
    for minutes in extensions:
        length += timedelta(minutes=minutes)
        after = price(priced, entry, entry + length, covered=covered).amount
        assert after >= before
        before = after


@briefly
@given(tariffs(), instants(), lengths(), covers())
def test_the_order_and_repetition_of_spans_do_not_matter(document, entry, length, spans):
    priced = parse_tariff(document)
    covered = spans_from(entry, spans)

    amounts = {
        price(priced, entry, entry + length, covered=each).amount
        for each in (covered, covered[::-1], covered * 2)
    }

    assert len(amounts) == 1
