"""The lines of fees in words: area × price, readings, tiers, discounts."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from billing.explanations import LineText
from billing.models import Charge
from core.money import Money, written_price
from core.text_lists import joined
from fees.charge_sources import CREDITED, LATE_FEE
from fees.models import FeeItem, SharedCost
from metering.models import Measure

Json = dict[str, Any]
Method = FeeItem.Method
_BASES = {
    SharedCost.Key.AREA: gettext_lazy(
        "%(share)s of %(total)s, divided by area: %(weight)s of %(weights)s m²"
    ),
    SharedCost.Key.EQUAL: gettext_lazy(
        "%(share)s of %(total)s, divided equally among %(weights)s units"
    ),
    SharedCost.Key.USAGE: gettext_lazy(
        "%(share)s of %(total)s, divided by consumption: %(weight)s of %(weights)s"
    ),
    SharedCost.Key.COEFFICIENT: gettext_lazy(
        "%(share)s of %(total)s, divided by coefficient: %(weight)s of %(weights)s"
    ),
}


def explain_fee(charge: Charge, lines: list[Json]) -> list[LineText]:
    """Return the explanation of a fee, in the active language."""
    return [explain_line(line, charge.currency) for line in lines]


def explain_line(line: Json, currency: str) -> LineText:
    """Return the explanation of one line, in the active language."""
    if "discount" in line:
        return LineText(_discount(line), "", line["amount"])
    if "method" not in line:
        return LineText(_("charge"), "", line["amount"])
    parts = [_product(line, currency), _readings(line), _days(line)]
    keys = [each[key] for each in line.get("readings", ()) for key in ("start_id", "end_id")]
    how = _("; ").join(filter(None, parts))
    return LineText(_what(line), how, line["amount"], readings=tuple(dict.fromkeys(keys)))


def explain_one_off(charge: Charge, lines: list[Json]) -> list[LineText]:
    """Return the explanation of a charge that was entered by hand, in the active language."""
    return [_one_off(line) for line in lines]


def _one_off(line: Json) -> LineText:
    if "method" not in line:
        return LineText(_("charge"), "", line["amount"])
    how = _("entered by hand")
    if "day" in line:
        how += _("; ") + _("for %(day)s") % {"day": line["day"]}
    return LineText(_title(line, "fee") or line["title"], how, line["amount"])


def _title(line: Json, name: str = "title") -> str:
    is_chinese = (get_language() or "").startswith("zh")
    title: str = (line.get(f"{name}_zh") if is_chinese else "") or line.get(name, "")
    return title


def _what(line: Json) -> str:
    title: str = _title(line) or line["item"]
    if "tier" in line:
        return _("%(item)s, tier %(tier)s") % {"item": title, "tier": line["tier"]}
    return title


def _product(line: Json, currency: str) -> str:
    """Return quantity × price, with the unit of the quantity."""
    price = written_price(Decimal(line["price"]), currency)
    values = {"quantity": line["quantity"], "price": price}
    if line["method"] == Method.AREA:
        return _("%(quantity)s m² × %(price)s") % values
    if line["method"] == Method.METER:
        measure = str(dict(Measure.choices).get(line.get("measure", ""), ""))
        return f"{values['quantity']} {measure} × {values['price']}"
    if line["method"] == Method.SHARED:
        costs = [_part_of_cost(each, currency) for each in line.get("costs", ())]
        return _("; ").join(costs) or _("part of a shared cost: %(price)s") % values
    return _("%(price)s a month") % values if line["quantity"] == "1" else ""


def _part_of_cost(cost: Json, currency: str) -> str:
    """Return the whole of a shared cost, the unit's share of it, and by what it is divided."""
    return _BASES[cost["key"]] % {
        "share": Money(cost["share"], currency).written(),
        "total": Money(cost["total"], currency).written(),
        "weight": cost["weight"],
        "weights": cost["weights"],
    }


def _readings(line: Json) -> str:
    """Return from which readings the consumption is worked out."""
    texts = [
        _("meter %(meter)s: %(start)s – %(end)s") % each
        + (f" × {each['multiplier']}" if each["multiplier"] != "1" else "")
        for each in line.get("readings", ())
    ]
    if line.get("carried"):
        texts.append(_("settles %(carried)s of the month before") % {"carried": line["carried"]})
    if texts and line.get("estimated"):
        texts.append(_("estimated"))
    return joined(texts)


def _days(line: Json) -> str:
    """Return the days where they are not a whole month."""
    if "from" not in line or line["days"] == line["of_days"]:
        return ""
    last = date.fromisoformat(line["to"]) - timedelta(days=1)
    return _("%(days)s of %(of_days)s days (%(first)s – %(last)s)") % {
        "days": line["days"],
        "of_days": line["of_days"],
        "first": line["from"],
        "last": last.isoformat(),
    }


def _discount(line: Json) -> str:
    values = {"percent": line["percent"], "days": line["days"]}
    text = _("discount of %(percent)s %%") % values
    if line["days"] != line["of_days"]:
        text += ", " + _("%(days)s of %(of_days)s days") % {**values, "of_days": line["of_days"]}
    return text


def explain_late_fee(charge: Charge, lines: list[Json]) -> list[LineText]:
    """Return the explanation of a late fee or its waiver, in the active language."""
    return [_late_fee(line) for line in lines]


def _late_fee(line: Json) -> LineText:
    if line.get("kind") == CREDITED:
        return LineText(_("the fee was credited"), "", line["amount"])
    if line.get("kind") != LATE_FEE:
        return LineText(_("waived"), line.get("reason", ""), line["amount"])
    rate = f"{Decimal(line['rate_per_day']) * 100:f}".rstrip("0").rstrip(".")
    how = _("%(rate)s %% a day, %(first)s – %(last)s") % {
        "rate": rate,
        "first": line["from"],
        "last": line["until"],
    }
    return LineText(_("late fee"), how, line["amount"])
