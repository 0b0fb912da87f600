"""The list of people: what its rows do."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import Rejection
from core.imports import Effect, ImportKind, Outcome, Staged, Values, Verdict
from core.models import Site, User
from core.permissions import SitePermission
from estate.models import Unit
from estate.unit_lookup import UnitKey, find_units, key_of, require_both, require_unit
from people.imports import undoing, writing
from people.imports.columns import COLUMNS
from people.imports.matching import Register, changed_details, person_key
from people.imports.occupying import Occupancies
from people.imports.writing import Target
from people.models import Occupancy
from people.periods import today

Role = Occupancy.Role


class PeopleList(ImportKind):
    """A person in a unit a row; a person of several units has several rows."""

    code = "people"
    title = gettext_lazy("People and homes")
    about = gettext_lazy("One person in one unit per row; a person without a unit has none.")
    permission = SitePermission.IMPORT_LISTS
    order = 2
    personal = True
    key_column = "name"
    columns = COLUMNS

    def normalise(self, site: Site, values: dict[str, Any]) -> None:
        """Complete the first day, and check what belongs to a unit."""
        if not any(map(str.isalpha, values["name"])):
            raise Rejection("name", "missing", _("a name is required"), _("enter the full name"))
        require_both(values)
        if values.get("born_on") and values["born_on"] > today(site):
            raise Rejection(
                "born_on", "ahead", _("the day is in the future"), _("enter the date of birth")
            )
        if not values.get("unit"):
            _require_no_occupancy(values)
            return
        _normalise_occupancy(site, values)

    def key(self, values: Values) -> str:
        """Return the person with the unit."""
        unit = "/".join(key_of(values) or ())
        return "\n".join((*person_key(values), unit))

    def group(self, values: Values) -> str:
        """Return the unit, whose occupancies are checked together."""
        return "/".join(key_of(values) or ())

    def check(self, site: Site, rows: Sequence[Staged], earlier: Sequence[Staged]) -> list[Verdict]:
        """Find each row's person and unit, and compare its occupancy."""
        values = [_with_day(site, row.values) for row in (*earlier, *rows)]
        register = Register(site, values)
        units = find_units(site, map(key_of, values))
        occupancies = Occupancies(units.values())
        verdicts = [_verdict(each, register, units, occupancies) for each in values]
        return verdicts[len(earlier) :]

    def apply(
        self, site: Site, actor: User, rows: Sequence[tuple[Staged, Verdict]]
    ) -> list[Effect]:
        """Register people, change their details, and begin or change occupancies."""
        items = [
            writing.Item(_with_day(site, row.values), verdict.target, verdict.changes)
            for row, verdict in rows
        ]
        return writing.write(site, actor, items)

    def undo(self, site: Site, actor: User, effects: Sequence[Effect]) -> None:
        """Remove people and occupancies that the batch began, and restore what it changed."""
        undoing.undo(site, actor, effects)


def _with_day(site: Site, values: Values) -> dict[str, Any]:
    """Return the values with the first day, which is today if the list has none."""
    given = values.get("begins_on")
    return {**values, "begins_on": given or today(site), "from_list": bool(given)}


def _require_no_occupancy(values: Values) -> None:
    for name in ("role", "begins_on", "ends_on", "share", "pays"):
        if values.get(name):
            raise Rejection(
                name,
                "without_unit",
                _("belongs to a unit, and the row has none"),
                _("enter building and unit, or leave this empty"),
            )


def _normalise_occupancy(site: Site, values: dict[str, Any]) -> None:
    if not values.get("role"):
        raise Rejection("role", "missing", _("is required with a unit"), _("enter the role"))
    if values.get("share") and values["role"] != Role.OWNER:
        raise Rejection(
            "share", "not_an_owner", _("only an owner has a share"), _("leave it empty")
        )
    begins, ends = values.get("begins_on") or today(site), values.get("ends_on")
    if ends is not None and ends <= begins:
        raise Rejection(
            "ends_on", "end_before_begin", _("the end is before the start"), _("choose a later end")
        )


def _verdict(
    values: dict[str, Any],
    register: Register,
    units: dict[UnitKey, Unit],
    occupancies: Occupancies,
) -> Verdict:
    verdict = Verdict()
    person, unit, occupancy = None, None, None
    try:
        person = register.find(values)
        key = key_of(values)
        unit = require_unit(units, key) if key else None
        if person is not None:
            verdict.outcome = Outcome.UNCHANGED
            verdict.changes |= changed_details(person, values)
            if verdict.changes:
                verdict.outcome = Outcome.CHANGED
        if unit is not None:
            occupancy = occupancies.current(unit, person, values) if person else None
            if occupancy is None:
                occupancies.add(unit, values)
                verdict.outcome = Outcome.NEW
            else:
                occupancies.compare(unit, occupancy, values, verdict)
    except Rejection as rejection:
        verdict.reject(rejection)
    verdict.target = Target(person, unit, occupancy)
    return verdict
