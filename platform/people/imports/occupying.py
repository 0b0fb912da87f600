"""Check the occupancies of a list against those of its units: roles, days, shares, payers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from core.errors import Rejection
from core.imports import Outcome, Values, Verdict
from estate.models import Unit
from people.models import Occupancy, PayerPeriod, Person

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
class _InUnit:
    occupancies: list[Occupancy] = field(default_factory=list)
    shares: list[_Period] = field(default_factory=list)
    payers: list[_Period] = field(default_factory=list)


class Occupancies:
    """The occupancies of some units, and those of the rows that were checked so far."""

    def __init__(self, units: Iterable[Unit]) -> None:
        self._units: dict[int, _InUnit] = {unit.pk: _InUnit() for unit in units}
        rows = Occupancy.objects.filter(unit__in=self._units).select_related("person", "company")
        for row in rows.order_by("begins_on", "pk"):
            there = self._there(row.unit_id)
            there.occupancies.append(row)
            if row.share:
                there.shares.append(_Period(row.begins_on, row.ends_on, row.share, "", row.pk))
        paid = PayerPeriod.objects.filter(unit__in=self._units, fee_kind="")
        for payer in paid.select_related("occupancy__person", "occupancy__company"):
            name = payer.occupancy.holder.name
            period = _Period(
                payer.begins_on, payer.ends_on, name=name, occupancy=payer.occupancy_id
            )
            self._there(payer.unit_id).payers.append(period)

    def current(self, unit: Unit, person: Person, values: Values) -> Occupancy | None:
        """Return the person's occupancy of the unit that shares a day with the row's."""
        wanted = _Period(values["begins_on"], values.get("ends_on"))
        for row in self._units[unit.pk].occupancies:
            if row.person_id == person.pk and wanted.overlaps(_Period(row.begins_on, row.ends_on)):
                return row
        return None

    def add(self, unit: Unit, values: Values, occupancy: Occupancy | None = None) -> None:
        """Add the share and the payer of a row, which may change an occupancy.

        Raises:
            Rejection: the shares would exceed 1, or the unit would have two payers.
        """
        there, own = self._units[unit.pk], occupancy.pk if occupancy else None
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

    def compare(self, unit: Unit, occupancy: Occupancy, values: Values, verdict: Verdict) -> None:
        """Note what a row changes of an occupancy; its role and its beginning stay.

        Raises:
            Rejection: the row has another role or another first day, ends paying, or contradicts
                other occupancies of the unit.
        """
        _require_same(occupancy, values)
        pays = self._pays(self._units[unit.pk], occupancy.pk)
        if values.get("pays") is False and pays:
            raise Rejection(
                "pays",
                "is_payer",
                _("pays the fees of this unit now"),
                _("choose another payer on the unit's page"),
            )
        for name in ("ends_on", "share"):
            old, new = getattr(occupancy, name), values.get(name)
            if new is not None and new != old:
                verdict.changes[name] = (old, new)
        if values.get("pays") and not pays:
            verdict.changes["pays"] = (False, True)
        if verdict.changes:
            verdict.outcome = Outcome.CHANGED
            self.add(unit, values, occupancy)

    def _pays(self, there: _InUnit, occupancy: int | None) -> bool:
        return occupancy is not None and any(each.occupancy == occupancy for each in there.payers)

    def _there(self, unit_id: int | None) -> _InUnit:
        assert unit_id is not None  # noqa: S101 - rows were chosen by their units
        return self._units[unit_id]


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
        _("%(name)s pays the fees of this unit then") % {"name": name},
        _("choose one payer for each unit"),
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
