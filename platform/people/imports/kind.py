"""What the lists of people and of companies have in common: occupancies of units and bays."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Protocol

from django.utils.translation import gettext as _

from core import validation
from core.errors import Rejection
from core.imports import Effect, ImportKind, Outcome, Staged, Values, Verdict
from core.models import Site, User
from estate.models import Bay
from people.imports import undoing, writing
from people.imports.occupying import Occupancies
from people.imports.places import (
    PlaceKey,
    find_places,
    place_key,
    require_one_place,
    require_place,
)
from people.imports.writing import Holders, Target
from people.models import AnyPlace, Holder, Occupancy
from people.periods import today
from people.permissions import PeoplePermission

Role = Occupancy.Role


class HolderRegister(Protocol):
    """The people or companies of a site that some rows may mean."""

    def find(self, values: Values) -> Holder | None:
        """Return the one that a row means; None for a new one.

        Raises:
            Rejection: several could be meant, or the row contradicts the register.
        """

    def require_named(self, values: Values) -> None:
        """Validate that all rows about a new holder name the same one, whatever their place.

        Raises:
            Rejection: the row's holder could be another row's.
        """

    def changes(self, holder: Any, values: Values) -> Mapping[str, tuple[Any, Any]]:
        """Return what a row changes of the details: name, before and after."""


class OccupantsList(ImportKind):
    """A person or a company at a unit or bay a row; one of several has several rows.

    Attributes:
        holders: who occupies the units and bays.
    """

    permission = PeoplePermission.MANAGE_PEOPLE
    personal = True
    key_column = "name"
    holders: ClassVar[Holders]

    @abstractmethod
    def register(self, site: Site, rows: Sequence[Values]) -> HolderRegister:
        """Return those of the site's register that rows may mean."""

    def normalise(self, site: Site, values: dict[str, Any]) -> None:
        """Check what belongs to a unit or bay."""
        if not any(map(str.isalpha, values["name"])):
            raise Rejection("name", "missing", _("a name is required"), _("enter the full name"))
        require_one_place(values)
        if place_key(values) is None:
            _require_no_occupancy(values)
            return
        _normalise_occupancy(site, values)

    def key(self, values: Values) -> str:
        """Return the holder with the unit or bay."""
        return "\n".join((*self.holders.key(values), self.group(values)))

    def group(self, values: Values) -> str:
        """Return the unit or bay, whose occupancies are checked together."""
        return "/".join(place_key(values) or ())

    def check(self, site: Site, rows: Sequence[Staged], earlier: Sequence[Staged]) -> list[Verdict]:
        """Find each row's holder and place, and compare its occupancy."""
        values = [_with_day(site, row.values) for row in (*earlier, *rows)]
        register = self.register(site, values)
        places = find_places(site, map(place_key, values))
        occupancies = Occupancies(places.values())
        verdicts = [_verdict(each, register, places, occupancies) for each in values]
        return verdicts[len(earlier) :]

    def apply(
        self, site: Site, actor: User, rows: Sequence[tuple[Staged, Verdict]]
    ) -> list[Effect]:
        """Register holders, change their details, and begin or change occupancies."""
        items = [
            writing.Item(_with_day(site, row.values), verdict.target, verdict.changes)
            for row, verdict in rows
        ]
        return writing.write(site, actor, items, self.holders)

    def undo(self, site: Site, actor: User, effects: Sequence[Effect]) -> None:
        """Remove holders and occupancies that the batch began, and restore what it changed."""
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
                _("belongs to a unit or bay, and the row has none"),
                _("enter the unit or bay, or leave this empty"),
            )


def _normalise_occupancy(site: Site, values: dict[str, Any]) -> None:
    if not values.get("role"):
        raise Rejection("role", "missing", _("is required with a unit or bay"), _("enter the role"))
    if values.get("share") and values["role"] != Role.OWNER:
        raise Rejection(
            "share", "not_an_owner", _("only an owner has a share"), _("leave it empty")
        )
    begins = values.get("begins_on") or today(site)
    validation.require_order(begins, values.get("ends_on"), "ends_on")


def _verdict(
    values: dict[str, Any],
    register: HolderRegister,
    places: dict[PlaceKey, AnyPlace],
    occupancies: Occupancies,
) -> Verdict:
    verdict = Verdict()
    holder, place, occupancy = None, None, None
    try:
        holder = register.find(values)
        key = place_key(values)
        place = require_place(places, key) if key else None
        if holder is not None:
            verdict.outcome = Outcome.UNCHANGED
            verdict.changes |= register.changes(holder, values)
            if verdict.changes:
                verdict.outcome = Outcome.CHANGED
        elif isinstance(place, Bay):
            register.require_named(values)
        if place is not None:
            occupancy = occupancies.current(place, holder, values) if holder else None
            if occupancy is None:
                occupancies.add(place, values)
                verdict.outcome = Outcome.NEW
            else:
                occupancies.compare(place, occupancy, values, verdict)
    except Rejection as rejection:
        verdict.reject(rejection)
    verdict.target = Target(holder, place, occupancy)
    return verdict
