"""The faults that the tariff engine finds, in the active language."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from pricing import PricingError

_TEXTS: dict[str, Callable[[], str]] = {
    "currency_unknown": lambda: _("“%(name)s” is no currency of ISO 4217; write one such as EUR"),
    "timezone_unknown": lambda: _(
        "“%(name)s” is no known time zone; write one such as Europe/Amsterdam"
    ),
    "not_a_date": lambda: _("this is not a date; write it as 2026-02-17"),
    "last_step_closed": lambda: _("the last step has no end; leave this empty"),
    "upto_missing": lambda: _("every step but the last needs an end"),
    "upto_too_small": lambda: _("the step begins at minute %(begin)s; enter a later one"),
    "step_not_whole_units": lambda: _(
        "the step is %(length)s minutes long, not a multiple of its unit of %(unit)s; "
        "enter %(nearest)s, or change the unit"
    ),
    "id_taken": lambda: _("“%(name)s” is taken; give each rate its own id"),
    "cap_element_unused": lambda: _("only a cap for each rate period may name a rate"),
    "cap_element_unknown": lambda: _("no rate has the id “%(name)s”; name one that exists"),
    "units_unequal": lambda: _(
        "all units must be equal where minutes are priced exactly; enter %(unit)s"
    ),
    "longer_costs_less": lambda: _(
        "a stay from %(entry)s costs less after %(more)s minutes than after %(minutes)s; "
        "choose another rule for changes of the rate"
    ),
}
_NOT_COVERED: dict[str, Callable[[], str]] = {
    "workday": lambda: _("no rate applies from %(start)s to %(end)s of a workday; add one"),
    "weekend": lambda: _("no rate applies from %(start)s to %(end)s of a weekend day; add one"),
    "holiday": lambda: _("no rate applies from %(start)s to %(end)s of a holiday; add one"),
}


def describe_error(error: PricingError) -> str:
    """Return what is wrong and what to enter instead; faults of the JSON's shape are in English."""
    if error.code == "not_covered":
        text = _NOT_COVERED[error.params["day"]]() % error.params
        if error.params["vehicle"]:
            return _("%(text)s (vehicle class “%(vehicle)s”)") % {"text": text, **error.params}
        return text
    if error.code in _TEXTS:
        return _TEXTS[error.code]() % error.params
    return error.message
