"""A site's vehicle classes: what a tariff may tell apart, and the rule that recognises each.

The classes are tested by their order; the first whose rule matches is the car's. A site without
rows has the two built-in classes until the list is edited for the first time.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from itertools import takewhile
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from access.models import Passage
from core import audit, clock
from core.errors import Rejection
from core.models import Site, User
from core.plates import LONGEST, SHORTEST, normalise
from core.text_lists import joined
from parking.models import Stay, Tariff, VehicleClass
from pricing import Tariff as CompiledTariff

COLOURS = ("blue", "yellow", "white", "black", "green", "yellow-green")
_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,19}")
_Rule = VehicleClass.Rule
# It runs for every car at every entry; as plain SQL it spares the time of building a query.
_CLASSES = "SELECT * FROM parking_vehicleclass WHERE site_id = ANY (%s)"


def built_in(site_id: int) -> list[VehicleClass]:
    """Return the classes of a site that has not edited its list, unsaved."""
    large = ["yellow", "yellow-green"]
    return [
        VehicleClass(
            site_id=site_id,
            code="large",
            title="Large vehicle",
            title_zh="大型车",
            rule=_Rule.COLOUR,
            values=large,
            position=10,
        ),
        VehicleClass(
            site_id=site_id,
            code="small",
            title="Small vehicle",
            title_zh="小型车",
            rule=_Rule.DEFAULT,
            position=1000,
        ),
    ]


def classes_of(site_id: int) -> list[VehicleClass]:
    """Return the site's classes in the order in which they are tested, the default last."""
    return classes_of_sites([site_id])[site_id]


def classes_of_sites(site_ids: Collection[int]) -> dict[int, list[VehicleClass]]:
    """Return the classes of several sites, by primary key of the site; see `classes_of`."""
    rows: dict[int, list[VehicleClass]] = {pk: [] for pk in site_ids}
    for row in VehicleClass.objects.raw(_CLASSES, [list(site_ids)]):
        rows[row.site_id].append(row)
    return {pk: _in_order(found or built_in(pk)) for pk, found in rows.items()}


def _in_order(rows: Iterable[VehicleClass]) -> list[VehicleClass]:
    return sorted(rows, key=lambda row: (row.rule == _Rule.DEFAULT, row.position, row.code))


def find_class(classes: Iterable[VehicleClass], plate: str, colour: str) -> VehicleClass | None:
    """Return the first class whose rule matches a plate and its colour."""
    return next((row for row in classes if _matches(row, plate, colour)), None)


def class_title(site_id: int, code: str) -> str:
    """Return a class's title in the active language; its code where it is not on the list."""
    return next((str(row) for row in classes_of(site_id) if row.code == code), code)


def class_of(passage: Passage) -> str:
    """Return the code of the class of a passage's car."""
    found = find_class(classes_of(passage.site_id), passage.plate, passage.colour)
    return found.code if found else ""


def refine_class(
    stay: Stay, left: Passage | None, classes: Sequence[VehicleClass] | None = None
) -> None:
    """Set the class by the exit's read where the entry's camera read no colour; not saved.

    A class that another read at an exit has set before goes with that read. One that the plate has
    by no colour was set by an earlier list, and is kept.

    Args:
        stay: with its former exit.
        left: where it ends, or waits, now; None where it goes on.
        classes: the site's, where the caller has read them already.
    """
    entry, colour = stay.entry_passage, left.colour if left else ""
    may_change = colour or stay.exit_passage_id or stay.waiting_passage_id
    if not may_change or entry is None or entry.colour:
        return
    if classes is None:
        classes = classes_of(stay.site_id)
    by_colour = {each: find_class(classes, stay.plate, each) for each in ("", *COLOURS, colour)}
    found = by_colour[colour]
    if found is not None and stay.vehicle in {row.code for row in by_colour.values() if row}:
        stay.vehicle = found.code


def check_matchable(site_id: int, tariff: CompiledTariff) -> None:
    """Check that every class that a tariff names is on the site's list.

    Raises:
        Rejection: no car can ever have a class; the message is the path of its name.
    """
    fault = unmatchable(site_id, tariff)
    if fault is not None:
        at, element, name = fault
        classes = classes_of(site_id)
        known = joined(row.code for row in classes if hiding_class(row, classes) is None)
        words = {"element": element, "name": name, "known": known}
        raise Rejection(
            "document",
            "class_unknown",
            at,
            _("no vehicle here has the class “%(name)s” of “%(element)s”; use %(known)s") % words,
            params=words,
        )


def unmatchable(site_id: int, tariff: CompiledTariff) -> tuple[str, str, str] | None:
    """Return path, element and name of the first class that no car of the site can have."""
    if not tariff.vehicles:
        return None
    classes = classes_of(site_id)
    known = {row.code for row in classes if hiding_class(row, classes) is None}
    for number, window in enumerate(tariff.windows):
        for name in sorted((window.vehicles or frozenset()) - known):
            return f"elements[{number}].when.vehicle", tariff.element_ids[number], name
    return None


def hiding_class(row: VehicleClass, classes: Iterable[VehicleClass]) -> VehicleClass | None:
    """Return the class before this one that takes the last of its plates; None if some are left.

    Args:
        row: a class whose vehicles are looked for.
        classes: the site's, in the order in which they are tested.
    """
    before = list(takewhile(lambda other: other.code != row.code, classes))
    hidden = [next((o for o in before if _takes_all(o, row.rule, v)), None) for v in row.values]
    return hidden[-1] if hidden and all(hidden) else None


def _takes_all(other: VehicleClass, rule: str, value: str) -> bool:
    """Whether another class takes every vehicle that has this value of a rule."""
    if rule == other.rule == _Rule.PREFIX:
        return value.startswith(tuple(other.values))
    if rule == other.rule == _Rule.ENDING:
        return value.endswith(tuple(other.values))
    if rule == _Rule.PLATES and other.rule != _Rule.COLOUR:
        return _matches(other, value, "")
    return rule == other.rule and value in other.values


@transaction.atomic
def save_class(site: Site, actor: User, code: str, **values: Any) -> VehicleClass:
    """Add a class to the site's list, or change the one with that code.

    Args:
        site: the site.
        actor: who changes the list.
        code: the name that tariffs use.
        values: ``title``, ``title_zh``, ``rule``, ``values`` and ``position``.

    Raises:
        Rejection: the code is no short name, the rule has no values or invalid ones, another class
            takes a value already, a class could have no vehicle in that order, or the list would
            not have exactly one default.
    """
    _check_code(code)
    classes = _locked(site)
    row = next((each for each in classes if each.code == code), None)
    before = row.as_dict() if row else None
    row = row or VehicleClass(site=site, code=code)
    was_default = row.rule == _Rule.DEFAULT
    for name, value in values.items():
        setattr(row, name, value)
    _check_default(row, was_default=was_default)
    row.values = _normalised(row)
    _check_distinct(row, classes)
    _check_order([*(each for each in classes if each.code != code), row])
    row.save()
    _record(site, actor, "change vehicle class", row, before=before, after=row.as_dict())
    return row


@transaction.atomic
def remove_class(site: Site, actor: User, code: str) -> None:
    """Remove a class from the site's list; stays that have it keep it.

    Raises:
        Rejection: it is the default, or a tariff in force or ahead names it.
    """
    row = next((each for each in _locked(site) if each.code == code), None)
    if row is None or row.rule == _Rule.DEFAULT:
        raise Rejection(
            "code", "class_needed", _("the default cannot be removed"), _("change it instead")
        )
    naming = _tariffs_naming(site, code)
    if naming:
        raise Rejection(
            "code",
            "class_in_use",
            _("%(tariff)s names this class") % {"tariff": naming[0]},
            _("publish a version without it first"),
        )
    _record(site, actor, "remove vehicle class", row, before=row.as_dict())
    row.delete()


def _check_code(code: str) -> None:
    if not _CODE.fullmatch(code):
        raise Rejection(
            "code",
            "code_invalid",
            _("this is no code"),
            _("use up to 20 small letters, digits and hyphens"),
        )


def _check_default(row: VehicleClass, *, was_default: bool) -> None:
    if was_default != (row.rule == _Rule.DEFAULT):
        raise Rejection(
            "rule",
            "one_default",
            _("exactly one class is the default"),
            _("keep its rule") if was_default else _("choose another rule"),
        )


def _locked(site: Site) -> list[VehicleClass]:
    """Return the site's rows, locked against other edits; the built-in ones become rows."""
    Site.objects.select_for_update(no_key=True).get(pk=site.pk)
    classes = classes_of(site.pk)
    for row in classes:
        if row.pk is None:
            row.save()
    return classes


def _matches(row: VehicleClass, plate: str, colour: str) -> bool:
    if row.rule == _Rule.COLOUR:
        return colour in row.values
    if row.rule == _Rule.LENGTH:
        return str(len(plate)) in row.values
    if row.rule == _Rule.PREFIX:
        return plate.startswith(tuple(row.values))
    if row.rule == _Rule.ENDING:
        return plate.endswith(tuple(row.values))
    return row.rule == _Rule.DEFAULT or plate in row.values


def _normalised(row: VehicleClass) -> list[str]:
    if row.rule == _Rule.DEFAULT:
        return []
    given = [text.strip() for text in row.values if text.strip()]
    if row.rule not in (_Rule.COLOUR, _Rule.LENGTH):
        given = [normalise(text) for text in given]
    valid = {
        _Rule.COLOUR: lambda text: text in COLOURS,
        _Rule.LENGTH: lambda text: text.isdecimal() and SHORTEST <= int(text) <= LONGEST,
    }.get(_Rule(row.rule), lambda text: 0 < len(text) <= LONGEST)
    wrong = [text for text in given if not valid(text)]
    if wrong or not given:
        raise Rejection(
            "values",
            "values_invalid",
            _("“%(text)s” cannot match a plate") % {"text": wrong[0] if wrong else ""},
            _("write colours, lengths, beginnings, endings or plates, as the rule says"),
        )
    return list(dict.fromkeys(given))


def _check_distinct(row: VehicleClass, classes: Sequence[VehicleClass]) -> None:
    """Reject a value that another class of the same rule takes: one of the two never matches."""
    for other in classes:
        shared = set(row.values) & set(other.values)
        if other.code != row.code and other.rule == row.rule and shared:
            words = {"text": min(shared), "other": other.code}
            raise Rejection(
                "values",
                "value_taken",
                _("“%(text)s” belongs to the class “%(other)s” already") % words,
                _("remove it from one of the two"),
            )


def _check_order(rows: Iterable[VehicleClass]) -> None:
    """Reject an order in which a class can have no vehicle, because another is tested before it."""
    classes = _in_order(rows)
    for row in classes:
        other = hiding_class(row, classes)
        if other is not None:
            words = {"name": row.code, "other": other.code}
            raise Rejection(
                "position",
                "class_hidden",
                _("no vehicle would be “%(name)s”: “%(other)s” is tested before it") % words,
                _("test “%(name)s” before “%(other)s”") % words,
                params=words,
            )


def _tariffs_naming(site: Site, code: str) -> list[Tariff]:
    """Return the versions in force now or later that name a class."""
    rows = Tariff.objects.filter(lot__site=site, withdrawn_at=None).order_by(
        "-valid_from", "-version"
    )
    now, in_force, naming = clock.now(), set(), []
    for row in rows:
        if row.valid_from <= now:
            if row.lot_id in in_force:
                continue
            in_force.add(row.lot_id)
        elements = row.document.get("elements", [])
        if any(code in ((each.get("when") or {}).get("vehicle") or []) for each in elements):
            naming.append(row)
    return naming


def _record(site: Site, actor: User, action: str, row: VehicleClass, **facts: Any) -> None:
    audit.record(site, actor, action, ("vehicle_class", f"{site.pk}-{row.code}"), **facts)
