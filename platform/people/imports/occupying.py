"""Check the occupancies of a list against those of its places: roles, days, shares, payers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from core.errors import Rejection
from core.imports import Outcome, Values, Verdict
from estate.models import Bay, Unit
from people.models import AnyPlace, Holder, Occupancy, PayerPeriod

ONE = Decimal(1)
_END = date.max


@dataclass(frozen=True)
class _Period:
    """Days of a share or of paying, and whose they are."""

    begins_on: date
    ends_on: date | None
    share: Decimal = Decimal(0)
    name: str = ""
    occupancy: int | None = None

    def overlaps(self, other: "_Period") -> bool:
        return self.begins_on < (other.ends_on or _END) and other.begins_on < (self.ends_on or _END)


@dataclass
class _AtPlace:
    occupancies: list[Occupancy] = field(default_factory=list)
    shares: list[_Period] = field(default_factory=list)
    payers: list[_Period] = field(default_factory=list)


class Occupancies:
    """The occupancies of some units and bays, and those of the rows that were checked so far."""

    def __init__(self, places: Iterable[AnyPlace]) -> None:
        self._places: dict[AnyPlace, _AtPlace] = {place: _AtPlace() for place in places}
        at = Q(unit__in=[each for each in self._places if isinstance(each, Unit)])
        at |= Q(bay__in=[each for each in self._places if isinstance(each, Bay)])
        rows = Occupancy.objects.filter(at).select_related("person", "company")
        for row in rows.order_by("begins_on", "pk"):
            there = self._there(row)
            there.occupancies.append(row)
            if row.share:
                there.shares.append(_Period(row.begins_on, row.ends_on, row.share, "", row.pk))
        paid = PayerPeriod.objects.filter(at, fee_kind="")
        for payer in paid.select_related("occupancy__person", "occupancy__company"):
            name = payer.occupancy.holder.name
            period = _Period(
                payer.begins_on, payer.ends_on, name=name, occupancy=payer.occupancy_id
            )
            self._there(payer).payers.append(period)

    def current(self, place: AnyPlace, holder: Holder, values: Values) -> Occupancy | None:
        """Return the holder's occupancy of the place that shares a day with the row's."""
        wanted = _Period(values["begins_on"], values.get("ends_on"))
        for row in self._places[place].occupancies:
            if row.holder == holder and wanted.overlaps(_Period(row.begins_on, row.ends_on)):
                return row
        return None

    def add(self, place: AnyPlace, values: Values, occupancy: Occupancy | None = None) -> None:
        """Add the share and the payer of a row, which may change an occupancy.

        Raises:
            Rejection: the shares would exceed 1, or the place would have two payers.
        """
        there, own = self._places[place], occupancy.pk if occupancy else None
        ends_on = values.get("ends_on") or (occupancy.ends_on if occupancy else None)
        share = values.get("share") or Decimal(0)
        period = _Period(values["begins_on"], ends_on, share, values["name"], own)
        if share:
            there.shares = [each for each in there.shares if own is None or each.occupancy != own]
            _require_shares(there.shares, period)
            there.shares.append(period)
        if values.get("pays") and not self._pays(there, own):
            other = next((each for each in there.payers if each.overlaps(period)), None)
            if other is not None:
                raise _second_payer(other.name)
            there.payers.append(period)

    def compare(
        self, place: AnyPlace, occupancy: Occupancy, values: Values, verdict: Verdict
    ) -> None:
        """Note what a row changes of an occupancy; its role and its beginning stay.

        Raises:
            Rejection: the row has another role or another first day, ends paying, or contradicts
                other occupancies of the place.
        """
        _require_same(occupancy, values)
        pays = self._pays(self._places[place], occupancy.pk)
        if values.get("pays") is False and pays:
            raise Rejection(
                "pays",
                "is_payer",
                _("pays the fees there now"),
                _("choose another payer on the page of the unit or bay"),
            )
        for name in ("ends_on", "share"):
            old, new = getattr(occupancy, name), values.get(name)
            if new is not None and new != old:
                verdict.changes[name] = (old, new)
        if values.get("pays") and not pays:
            verdict.changes["pays"] = (False, True)
        if verdict.changes:
            verdict.outcome = Outcome.CHANGED
            self.add(place, values, occupancy)

    def _pays(self, there: _AtPlace, occupancy: int | None) -> bool:
        return occupancy is not None and any(each.occupancy == occupancy for each in there.payers)

    def _there(self, row: Occupancy | PayerPeriod) -> _AtPlace:
        place: Any = Unit(pk=row.unit_id) if row.unit_id else Bay(pk=row.bay_id)
        return self._places[place]


def _require_same(occupancy: Occupancy, values: Values) -> None:
    if occupancy.role != values["role"]:
        raise Rejection(
            "role",
            "other_role",
            _("is registered there as %(role)s") % {"role": occupancy.get_role_display()},
            _("end that first, or correct the role"),
        )
    if values.get("from_list") and occupancy.begins_on != values["begins_on"]:
        raise Rejection(
            "begins_on",
            "already_there",
            _("is registered there already, from %(day)s")
            % {"day": occupancy.begins_on.isoformat()},
            _("enter that day, or end that first"),
        )


def _require_shares(others: Sequence[_Period], period: _Period) -> None:
    total = _highest([*others, period], period)
    if total > ONE:
        raise Rejection(
            "share",
            "too_much",
            _("the shares of the owners would be %(total)s together")
            % {"total": f"{total.normalize():f}"},
            _("they are at most 1: end or correct another owner's share first"),
        )


def _second_payer(name: str) -> Rejection:
    return Rejection(
        "pays",
        "two_payers",
        _("%(name)s pays the fees there then") % {"name": name},
        _("choose one payer for each unit or bay"),
    )


def _highest(periods: Sequence[_Period], within: _Period) -> Decimal:
    """Return the highest sum of shares on a day of a period."""
    days = [each.begins_on for each in periods if each.overlaps(within)]
    days = [max(day, within.begins_on) for day in days]
    return max(
        sum((each.share for each in periods if _holds(each, day)), Decimal(0)) for day in days
    )


def _holds(period: _Period, day: date) -> bool:
    return period.begins_on <= day < (period.ends_on or _END)
