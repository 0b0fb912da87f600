"""The list of people: residents, owners and tenants with the units that they occupy."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import Rejection
from core.imports import Values
from core.models import Site
from people.imports.columns import COLUMNS
from people.imports.kind import OccupantsList
from people.imports.matching import Register, person_key
from people.imports.writing import Holders
from people.models import Person
from people.periods import today


class PeopleList(OccupantsList):
    """A person at a unit or bay a row; a person of several has several rows."""

    code = "people"
    title = gettext_lazy("People and homes")
    about = gettext_lazy("One person with one unit or bay per row, or with neither.")
    order = 2
    columns = COLUMNS
    holders = Holders(Person, "person", ("phone", "email", "born_on"), person_key)

    def register(self, site: Site, rows: Sequence[Values]) -> Register:
        """Return the people whose names stand in rows."""
        return Register(site, rows)

    def normalise(self, site: Site, values: dict[str, Any]) -> None:
        """Check the date of birth, and what belongs to a unit."""
        super().normalise(site, values)
        if values.get("born_on") and values["born_on"] > today(site):
            raise Rejection(
                "born_on", "ahead", _("the day is in the future"), _("enter the date of birth")
            )
