"""The engine behind `manage.py fees`: one JSON request per line, one JSON answer per line."""

import json
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from core.currencies import CURRENCIES, exponent
from fees.fields import Fields, read_day, read_number, read_whole
from fees.rules import areas, credits, late_fees, shares, tiers, vat
from fees.rules.amounts import Line, minor, product
from fees.rules.errors import FeeError
from metering.register import ReadingDecreased, advance

_MAX_MONTHS, _MAX_DAYS, _MAX_DIGITS, _MAX_SPAN_DAYS = 1200, 36_525, 9, 36_525
_ORDERS = (late_fees.PRINCIPAL_FIRST, late_fees.LATE_FEE_FIRST)
_Answer = dict[str, Any]
_Part = tuple[Decimal, Decimal, str]


def answer(line: bytes) -> str:
    """Return the answer to one line as one line of JSON, without a newline.

    The line holds an object with `kind` and `input`; other keys are ignored. The answer has
    `amounts` in minor units, or for VAT the net and tax amounts. A line that cannot be calculated
    is answered with the `error` code and `at`, the path of the faulty field in the input.
    """
    try:
        return json.dumps(_calculate(_read(line)))
    except FeeError as error:
        return json.dumps({"error": error.code, "at": error.at})


def _calculate(request: Fields) -> _Answer:
    return _KINDS[request.choice("kind", tuple(_KINDS))](request.fields("input"))


def _read(line: bytes) -> Fields:
    try:
        request = json.loads(line.decode("utf-8-sig"), parse_float=Decimal)
    except (ValueError, RecursionError, InvalidOperation):  # the last: an exponent of 20 digits
        raise FeeError("not_json", "line") from None
    if not isinstance(request, dict):
        raise FeeError("not_an_object", "line")
    return Fields(request)


def _area(fields: Fields) -> _Answer:
    line = areas.monthly(fields.number("area"), fields.number("price"), _exponent(fields))
    return _amounts([line] * fields.whole("months", 1, most=_MAX_MONTHS))


def _proration(fields: Fields) -> _Answer:
    begins_on, ends_on = fields.day("from"), fields.day("to")
    if (ends_on - begins_on).days > _MAX_SPAN_DAYS:
        raise FeeError("out_of_range", "to")
    area, price = fields.number("area"), fields.number("price")
    return _amounts(areas.prorated(area, price, begins_on, ends_on, _exponent(fields)))


def _change(fields: Fields) -> _Answer:
    area, month, exponent = fields.number("area"), fields.month("month"), _exponent(fields)
    if fields.choice("kind", ("price_change", "owner_change")) == "price_change":
        prices = [(read_day(*day), read_number(*price)) for day, price in fields.pairs("prices")]
        return _amounts(areas.at_changing_prices(area, prices, month, exponent))
    handover = fields.day("handover")
    if handover.replace(day=1) != month:
        raise FeeError("out_of_range", "handover")
    return _amounts(areas.at_change_of_owner(area, fields.number("price"), handover, exponent))


def _tiers(fields: Fields) -> _Answer:
    before = fields.number("used_before", "0")
    used_now = fields.number("used")
    return _amounts(tiers.stepped(before, used_now, _read_tiers(fields), _exponent(fields)))


def _read_tiers(fields: Fields) -> list[tiers.Tier]:
    return [
        tiers.Tier(None if up_to[0] is None else read_number(*up_to), read_number(*price))
        for up_to, price in fields.pairs("tiers")
    ]


def _meter(fields: Fields) -> _Answer:
    parts = sum((_advance(fields, *part) for part in _parts(fields)), Decimal(0))
    consumption = parts * fields.number("multiplier", "1")
    if fields.has("tiers"):
        before = fields.number("used_before", "0")
        return _amounts(tiers.stepped(before, consumption, _read_tiers(fields), _exponent(fields)))
    return {"amounts": [product(consumption, fields.number("price"), _exponent(fields))]}


def _parts(fields: Fields) -> list[_Part]:
    """Read the first and last value of each meter, with the path of the last one."""
    if fields.has("parts"):
        pairs = fields.pairs("parts")
        return [(read_number(*start), read_number(*end), end[1]) for start, end in pairs]
    return [(fields.number("start"), fields.number("end"), "end")]


def _advance(fields: Fields, start: Decimal, end: Decimal, at: str) -> Decimal:
    digits = fields.whole("digits", 0, most=_MAX_DIGITS)
    capacity = Decimal(10) ** digits if digits else None
    if capacity is not None and max(start, end) >= capacity:
        raise FeeError("out_of_range", at)
    try:
        return advance(start, end, capacity, rolled_over=fields.flag("rollover_confirmed"))
    except ReadingDecreased as error:
        raise FeeError(error.code, at) from None


def _late_fee(fields: Fields) -> _Answer:
    exponent = _exponent(fields)
    principal = minor(fields.number("principal"), exponent)
    rate = fields.number("rate_per_day", most=Decimal(1))
    fields.choice("cap", ("principal",), "principal")
    if fields.has("days"):
        days = fields.whole("days", most=_MAX_DAYS)
        return {"amounts": [late_fees.of_days(principal, rate, days)]}
    paid = [
        late_fees.Paid(read_day(*on), _payment(*amount, exponent))
        for on, amount in fields.pairs("paid")
    ]
    order = fields.choice("allocation", _ORDERS, late_fees.PRINCIPAL_FIRST)
    fees = late_fees.of_payments(principal, rate, fields.day("due"), paid, order=order)
    return {"amounts": fees}


def _payment(value: object, at: str, exponent: int) -> int | None:
    return None if value == "rest" else minor(read_number(value, at), exponent)


def _vat(fields: Fields) -> _Answer:
    """One line is answered with its parts, several with the sums of theirs."""
    rate = fields.number("vat", most=Decimal(1))
    most = Decimal(10) ** 15
    lines = [vat.split(read_whole(*gross, most), rate) for gross in fields.items("gross")]
    net, tax = ([line[index] for line in lines] for index in (0, 1))
    if len(lines) == 1:
        return {"net": net, "vat": tax}
    return {"net_total": sum(net), "vat_total": sum(tax)}


def _shared_cost(fields: Fields) -> _Answer:
    amount = minor(fields.number("shared"), _exponent(fields))
    weights = [read_number(*weight) for weight in fields.items("by_area")]
    return {"amounts": shares.divide(amount, weights)}


def _credit_note(fields: Fields) -> _Answer:
    area, price = _monthly_price(fields)
    credit = credits.unused_months(
        area,
        price,
        fields.day("prepaid_from"),
        fields.whole("months", most=_MAX_MONTHS),
        fields.day("move_out"),
        _exponent(fields),
    )
    return {"amounts": [credit]}


def _monthly_price(fields: Fields) -> tuple[Decimal, Decimal]:
    """Read the amount of a month, or area and price as in ``50.00 x 2.00``."""
    parts = fields.text("monthly").replace("×", "x").split("x")
    if len(parts) > 2:
        raise FeeError("not_a_number", "monthly")
    numbers = [read_number(part.strip(), "monthly") for part in parts]
    return numbers[0], numbers[1] if len(numbers) == 2 else Decimal(1)


def _exponent(fields: Fields) -> int:
    return exponent(fields.choice("currency", tuple(CURRENCIES), "CNY"))


def _amounts(lines: Sequence[Line]) -> _Answer:
    return {"amounts": [line.amount for line in lines]}


_KINDS: dict[str, Callable[[Fields], _Answer]] = {
    "area": _area,
    "proration": _proration,
    "change": _change,
    "tiers": _tiers,
    "meter": _meter,
    "late_fee": _late_fee,
    "vat": _vat,
    "shared_cost": _shared_cost,
    "credit_note": _credit_note,
}
