"""Find the people of the register whom a list means: by name, with what tells them apart."""

from collections.abc import Sequence
from typing import Any

from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from core.errors import Rejection
from core.imports import Values
from core.models import Site
from estate.unit_lookup import UnitKey, key_of
from people.models import Occupancy, Person

#: What tells people of one name apart in a list: the phone, else the e-mail, else the unit.
PersonKey = tuple[str, str]


def person_key(values: Values) -> PersonKey:
    """Return what a row names its person by."""
    name = folded(values["name"])
    if values.get("phone"):
        return name, digits(values["phone"])
    if values.get("email"):
        return name, values["email"].casefold()
    return name, "/".join(key_of(values) or ())


def folded(name: str) -> str:
    """Return a name for comparison."""
    return " ".join(name.split()).casefold()


def digits(phone: str) -> str:
    """Return a telephone number for comparison; the Chinese prefix makes no difference."""
    number = "".join(filter(str.isdigit, phone))
    return number[2:] if len(number) == 13 and number.startswith("86") else number


class Register:
    """The people of the site whose names stand in some rows, with their units."""

    def __init__(self, site: Site, rows: Sequence[Values]) -> None:
        wanted = {folded(values["name"]) for values in rows}
        people = Person.objects.annotate(folded=Lower("name")).filter(site=site, folded__in=wanted)
        self._by_name: dict[str, list[Person]] = {}
        for person in people.order_by("pk"):
            self._by_name.setdefault(folded(person.name), []).append(person)
        self._homes = _homes_of(site, [each for found in self._by_name.values() for each in found])
        # Whose phone number stands in a row is not meant by another row of the name.
        claimed = (self._same_phone(self._named(values), values) for values in rows)
        self._claimed = {each.pk for found in claimed for each in found}

    def find(self, values: Values) -> Person | None:
        """Return the person that a row means; None for a person who is new.

        Raises:
            Rejection: several people could be meant.
        """
        named = self._named(values)
        for match in (self._same_phone, self._same_email, self._same_home, self._name_alone):
            found = match(named, values)
            if len(found) > 1:
                raise Rejection(
                    "name",
                    "several_people",
                    _("several people have this name"),
                    _("enter the phone number of the one who is meant"),
                )
            if found:
                return found[0]
        return None

    def require_named(self, values: Values) -> None:
        """Validate that a new person's row has a phone number or e-mail address.

        Raises:
            Rejection: it has none, and the row of their home could mean another person.
        """
        if not values.get("phone") and not values.get("email"):
            raise Rejection(
                "phone",
                "needed_for_bay",
                _("is needed to know whose bay it is"),
                _("enter the phone number or e-mail address in all rows of the person"),
            )

    def changes(self, holder: Person, values: Values) -> dict[str, tuple[Any, Any]]:
        """Return what a row changes of a person's details."""
        changes = {}
        for name in ("phone", "email", "born_on"):
            old, new = getattr(holder, name), values.get(name)
            same = name == "phone" and new and digits(old) == digits(new)
            if new and new != old and not same:
                changes[name] = (old or None, new)
        return changes

    def _named(self, values: Values) -> list[Person]:
        return self._by_name.get(folded(values["name"]), [])

    def _same_phone(self, people: Sequence[Person], values: Values) -> list[Person]:
        phone = values.get("phone")
        return [each for each in people if phone and digits(each.phone) == digits(phone)]

    def _same_email(self, people: Sequence[Person], values: Values) -> list[Person]:
        email = values.get("email")
        if not email:
            return []
        found = [each for each in people if each.email.casefold() == email.casefold()]
        return [each for each in found if each.pk not in self._claimed]

    def _same_home(self, people: Sequence[Person], values: Values) -> list[Person]:
        home = key_of(values)
        there = [each for each in people if home and home in self._homes.get(each.pk, ())]
        return [each for each in there if each.pk not in self._claimed]

    def _name_alone(self, people: Sequence[Person], values: Values) -> list[Person]:
        if any(values.get(name) for name in ("phone", "email", "unit")):
            return []
        return list(people)


def _homes_of(site: Site, people: Sequence[Person]) -> dict[int, set[UnitKey]]:
    rows = Occupancy.objects.filter(site=site, person__in=people).exclude(unit=None)
    homes: dict[int, set[UnitKey]] = {}
    for pk, building, unit in rows.values_list("person", "unit__building__code", "unit__code"):
        homes.setdefault(pk, set()).add((building, unit))
    return homes
