"""Days, roles, shares and fees of people for templates."""

from datetime import date
from decimal import Decimal

from django import template
from django.utils.functional import Promise

from console.holder_picker import holder_key
from core.models import Site
from estate.models import UnitState
from people import periods
from people.directory import ALL_FEES
from people.models import Holder, Occupancy
from people.ports import fee_kinds
from ui.person_data import kept_title

register = template.Library()


@register.filter
def last_day(ends_on: date | None) -> str:
    """Return the last day of a period that ends before a day; empty without an end."""
    day = periods.last_day(ends_on)
    return day.isoformat() if day else ""


@register.filter
def role_label(role: str) -> str | Promise:
    """Return what a role of an occupancy is called."""
    return Occupancy.Role(role).label


@register.filter
def unit_state_label(state: str) -> str | Promise:
    """Return what a state of a unit is called; empty for none."""
    return UnitState.State(state).label if state else ""


@register.filter
def share_label(share: Decimal | None) -> str:
    """Return a part of the ownership in percent; empty if it is not known."""
    return "" if share is None else f"{(share * 100).normalize():f} %"


@register.filter
def fee_label(code: str, site: Site) -> str | Promise:
    """Return what a kind of fee is called at a site; an empty one stands for all others."""
    return fee_kinds(site).get(code, code) if code else ALL_FEES


@register.filter
def with_holder(address: str, holder: Holder) -> str:
    """Return the address of a dialog in which a person or company is chosen already."""
    return f"{address}?holder={holder_key(holder)}"


@register.filter
def kept_reason(reason: str) -> str:
    """Return why rows stay after an erasure."""
    return kept_title(reason)
