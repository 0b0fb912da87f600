"""The list of payers: who pays a kind of fee of a unit or bay, from a day on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from core import audit
from core.copying import copy_rows, new_row
from core.errors import Rejection
from core.imports import Effect, ImportKind, Outcome, Staged, Values, Verdict
from core.models import Site, User
from core.tables import DateColumn, Text
from core.tables.columns import in_every_language
from core.text_lists import joined
from estate.models import Bay, Unit
from estate.unit_lookup import building_column, unit_column
from people import ports
from people.directory import ALL_FEES, fee_kinds
from people.imports import undoing
from people.imports.columns import phone_column
from people.imports.matching import digits, folded
from people.imports.places import (
    PlaceKey,
    bay_column,
    find_places,
    lot_column,
    place_key,
    require_one_place,
    require_place,
)
from people.imports.writing import plain
from people.models import AnyPlace, Occupancy, PayerPeriod
from people.periods import today
from people.permissions import PeoplePermission
from people.services.plans import at_place

Kinds = Mapping[str, str | Promise]


@dataclass(frozen=True)
class _Target:
    """Who is to pay from a day on, and the period of who pays then."""

    occupancy: Occupancy
    current: PayerPeriod | None


class PayersList(ImportKind):
    """A kind of fee of a unit or bay a row, with who pays it."""

    code = "payers"
    title = gettext_lazy("Payers of fees")
    about = gettext_lazy("One kind of fee of a unit or bay per row, with the one who pays it.")
    permission = PeoplePermission.MANAGE_PEOPLE
    order = 4
    personal = True
    key_column = "fee_kind"
    columns = (
        building_column(),
        unit_column(),
        lot_column(),
        bay_column(),
        Text(
            code="fee_kind",
            title=gettext_lazy("Kind of fee"),
            help=gettext_lazy("Empty for all fees that have no payer of their own."),
            longest=80,
            aliases=("费用项目", "收费项目", "fee"),
        ),
        Text(
            code="name",
            title=pgettext_lazy("of a person or company", "Payer"),
            help=gettext_lazy("The person or company who owns or rents the unit or bay."),
            required=True,
            longest=160,
            aliases=("缴费人", "付款方", "姓名", "name"),
            example="王小明",
        ),
        phone_column(),
        DateColumn(
            code="begins_on",
            title=gettext_lazy("From"),
            help=gettext_lazy("The first day that they pay; today if empty."),
            aliases=("开始日期", "since"),
            example="2026-01-01",
        ),
    )

    def normalise(self, site: Site, values: dict[str, Any]) -> None:
        """Check the place, and bring the kind of fee to its code."""
        require_one_place(values)
        if place_key(values) is None:
            raise Rejection("unit", "missing", _("a unit or bay is required"), _("enter its codes"))
        values["fee_kind"] = _code_of(values.get("fee_kind") or "", ports.fee_kinds(site))

    def key(self, values: Values) -> str:
        """Return the unit or bay with the kind of fee."""
        return "\n".join((*(place_key(values) or ()), values["fee_kind"]))

    def check(self, site: Site, rows: Sequence[Staged], earlier: Sequence[Staged]) -> list[Verdict]:
        """Find each row's occupancy, and compare who pays."""
        places = find_places(site, (place_key(row.values) for row in rows))
        register = _Payers(places.values())
        kinds = fee_kinds(site)
        return [_verdict(_with_day(site, row.values), places, register, kinds) for row in rows]

    def apply(
        self, site: Site, actor: User, rows: Sequence[tuple[Staged, Verdict]]
    ) -> list[Effect]:
        """Let occupancies pay from their days on; who paid until then stops."""
        items = [(_with_day(site, row.values), verdict.target) for row, verdict in rows]
        ended = [_end(target, values["begins_on"]) for values, target in items if target.current]
        PayerPeriod.objects.bulk_update(
            [target.current for _values, target in items if target.current],
            ["ends_on", "occupancy"],
            batch_size=200,
        )
        # `_end` has given a period of the same day to the new payer.
        begun = copy_rows(
            _period(target.occupancy, values)
            for values, target in items
            if target.current is None or target.current.occupancy_id != target.occupancy.pk
        )
        _record(site, actor, items)
        return [*ended, *(Effect("payer_period", each.pk) for each in begun)]

    def undo(self, site: Site, actor: User, effects: Sequence[Effect]) -> None:
        """Remove the periods that the batch began, and restore those that it ended."""
        undoing.undo(site, actor, effects)


class _Payers:
    """The occupancies of some units and bays, and who pays there."""

    def __init__(self, places: Iterable[AnyPlace]) -> None:
        found = list(places)
        at = Q(unit__in=[each for each in found if isinstance(each, Unit)])
        at |= Q(bay__in=[each for each in found if isinstance(each, Bay)])
        self._occupancies: dict[_Place, list[Occupancy]] = {}
        for row in Occupancy.objects.filter(at).select_related("person", "company", "unit", "bay"):
            self._occupancies.setdefault(_place_of(row), []).append(row)
        self._periods: dict[tuple[_Place, str], list[PayerPeriod]] = {}
        rows = PayerPeriod.objects.filter(at).order_by("begins_on")
        for period in rows.select_related("occupancy__person", "occupancy__company"):
            self._periods.setdefault((_place_of(period), period.fee_kind), []).append(period)

    def occupancy(self, place: AnyPlace, values: Values) -> Occupancy:
        """Return the occupancy of who a row names.

        Raises:
            Rejection: nobody of that name occupies the place on that day, or several do.
        """
        rows = self._occupancies.get((place.kind, place.pk), [])
        found = [each for each in rows if _holds(each, values["begins_on"])]
        found = [each for each in found if folded(each.holder.name) == folded(values["name"])]
        phone = values.get("phone")
        if phone:
            found = [each for each in found if digits(each.holder.phone) == digits(phone)]
        if len(found) > 1:
            raise Rejection(
                "name",
                "several_people",
                _("several people have this name"),
                _("enter the phone number of the one who is meant"),
            )
        if not found:
            raise Rejection(
                "name",
                "not_holding",
                _("is not registered there on that day"),
                _("correct the name, the phone or the day, or import the occupancy first"),
            )
        return found[0]

    def current(self, place: AnyPlace, values: Values) -> PayerPeriod | None:
        """Return the period of who pays on the day of a row.

        Raises:
            Rejection: another payer begins later.
        """
        periods = self._periods.get(((place.kind, place.pk), values["fee_kind"]), [])
        later = next((each for each in periods if each.begins_on > values["begins_on"]), None)
        if later is not None:
            raise Rejection(
                "begins_on",
                "later_payer",
                _("%(name)s pays there from %(day)s on")
                % {"name": later.occupancy.holder.name, "day": later.begins_on.isoformat()},
                _("enter that day or a later one, or set the payer on the page of the occupancy"),
            )
        return next((each for each in periods if _holds(each, values["begins_on"])), None)


_Place = tuple[str, int]


def _place_of(row: Occupancy | PayerPeriod) -> _Place:
    return ("unit", row.unit_id) if row.unit_id else ("bay", row.bay_id or 0)


def _holds(row: Occupancy | PayerPeriod, day: date) -> bool:
    return row.begins_on <= day and (row.ends_on is None or day < row.ends_on)


def _code_of(text: str, kinds: Kinds) -> str:
    """Return the code of a kind of fee that a cell names; the text if there is none."""
    titles = {folded(str(ALL_FEES)): "", **{folded(code): code for code in kinds}}
    for code, title in [("", ALL_FEES), *kinds.items()]:
        titles |= {folded(name): code for name in in_every_language(title)}
    return titles.get(folded(text), text)


def _with_day(site: Site, values: Values) -> dict[str, Any]:
    return {**values, "begins_on": values.get("begins_on") or today(site)}


def _verdict(
    values: Values, places: Mapping[PlaceKey, AnyPlace], register: _Payers, kinds: Kinds
) -> Verdict:
    verdict = Verdict()
    try:
        _require_kind(values["fee_kind"], kinds)
        key = place_key(values)
        assert key is not None  # noqa: S101 - normalised rows name a place
        place = require_place(dict(places), key)
        occupancy, current = register.occupancy(place, values), register.current(place, values)
        verdict.target = _Target(occupancy, current)
        if current is not None and current.occupancy_id == occupancy.pk:
            verdict.outcome = Outcome.UNCHANGED
        elif current is not None:
            verdict.outcome = Outcome.CHANGED
            verdict.changes["name"] = (current.occupancy.holder.name, occupancy.holder.name)
    except Rejection as rejection:
        verdict.reject(rejection)
    return verdict


def _require_kind(code: str, kinds: Kinds) -> None:
    if code not in kinds:
        raise Rejection(
            "fee_kind",
            "unknown_fee",
            _("there is no such kind of fee"),
            _("choose one of %(values)s") % {"values": joined(kinds.values())},
        )


def _end(target: _Target, day: date) -> Effect:
    """End who pays before a day; one who would have begun on it is replaced."""
    current = target.current
    assert current is not None  # noqa: S101 - the caller's condition
    before = {"occupancy_id": current.occupancy_id, "ends_on": current.ends_on}
    if current.begins_on == day:
        current.occupancy, current.ends_on = target.occupancy, target.occupancy.ends_on
    else:
        current.ends_on = day
    changed = {name: old for name, old in before.items() if getattr(current, name) != old}
    return Effect(
        "payer_period",
        current.pk,
        {name: plain(old) for name, old in changed.items()},
        {name: plain(getattr(current, name)) for name in changed},
    )


def _period(occupancy: Occupancy, values: Values) -> PayerPeriod:
    place: Any = occupancy.place
    return new_row(
        PayerPeriod,
        {"occupancy": occupancy, **at_place(place)},
        fee_kind=values["fee_kind"],
        begins_on=values["begins_on"],
        ends_on=occupancy.ends_on,
    )


def _record(site: Site, actor: User, items: Sequence[tuple[Values, _Target]]) -> None:
    """Audit each change at its place, as a change on its page is."""
    subjects: list[tuple[audit.Subject, dict[str, Any]]] = [
        (
            _place_of(target.occupancy),
            {"on": values["begins_on"].isoformat(), "pays": [values["fee_kind"]]},
        )
        for values, target in items
    ]
    audit.record_all(site, actor, "set payer", subjects)
