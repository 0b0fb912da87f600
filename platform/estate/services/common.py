"""Shared by the services of places: validation, insertion, and changes with their audit entry."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from core import audit, revisions
from core.errors import Rejection
from core.models import Site, User
from estate.models import Bay, Building, Door, DoorGroup, Gate, Lane, Lot, Place, Unit, Zone

Actor = User | str
AnyPlace = TypeVar("AnyPlace", Building, Unit, Lot, Bay, Gate, Lane, Zone, Door, DoorGroup)

#: The values of each kind that a form changes.
EDITABLE: dict[str, tuple[str, ...]] = {
    "building": ("code", "name"),
    "unit": ("code", "use", "floor", "built_up_area", "usable_area", "coefficient"),
    "lot": ("code", "name", "capacity"),
    "bay": ("code",),
    "gate": ("code", "name"),
    "lane": ("code", "name", "direction", "lot_id", "camera_id", "barrier_id"),
    "zone": ("code", "name", "people_limit"),
    "door": (
        *("code", "name", "type", "directions", "decides", "building_id", "zone_id"),
        *("unlock_seconds", "held_open_seconds", "second_factor"),
    ),
    "door_group": ("code", "name", "passback", "forgiven_after_hours"),
}
_OWNERS = {"unit": "building", "bay": "lot", "lane": "gate"}


def values_of(place: Place) -> dict[str, Any]:
    """Return the values of a place that a form changes, as JSON can represent them."""
    return {name: _plain(getattr(place, name)) for name in EDITABLE[place.kind]}


def revision_of(place: Place) -> str:
    """Return the token of a place's values that its form carries."""
    return revisions.revision_of(values_of(place))


def validate(row: models.Model, names: Iterable[str]) -> None:
    """Validate the named fields of a row.

    Raises:
        Rejection: a value is malformed; the first of several.
    """
    others = {field.name for field in row._meta.fields} - set(names)
    try:
        row.clean_fields(exclude=others)
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise Rejection(field, "invalid", messages[0].rstrip("."), _("correct this")) from error


def insert(row: models.Model, field: str, code: str) -> None:
    """Insert a row, whose code must be free.

    Raises:
        Rejection: the code is taken.
    """
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise taken(field, code) from error


def taken(field: str, code: str) -> Rejection:
    """Return the rejection of a code that another row has."""
    return Rejection(
        field,
        "already_used",
        _("%(code)s is already in use") % {"code": code},
        _("choose another code"),
    )


@transaction.atomic
def create(place: AnyPlace, site: Site, actor: Actor) -> AnyPlace:
    """Insert a place in its site, and audit it.

    Raises:
        Rejection: a value is malformed or the code is taken, perhaps by a place that has ended.
    """
    for field in ("code", "name"):
        if hasattr(place, field):
            setattr(place, field, str(getattr(place, field)).strip())
    validate(place, EDITABLE[place.kind])
    ended = _same_code(place).exclude(ended_at=None).first()
    if ended is not None:
        raise Rejection(
            "code",
            "used_by_ended",
            _("%(code)s has ended and keeps its code") % {"code": ended.code},
            _("use it again, or choose another code"),
        )
    insert(place, "code", place.code)
    audit.record(site, actor, f"create {place.kind}", (place.kind, place.pk), code=place.code)
    return place


def change(
    place: AnyPlace,
    actor: Actor,
    revision: str,
    values: Mapping[str, Any],
    further: Mapping[str, Any] | None = None,
) -> AnyPlace:
    """Change values of a place in the caller's transaction, and audit those that differ.

    Args:
        revision: the token of the values that the form showed; empty without a form.
        further: changes that the caller makes itself, for the same audit entry.

    Raises:
        Rejection: the place has ended or was changed meanwhile, or a value is not valid.
    """
    locked = lock(place)
    require_in_use(locked)
    before = values_of(locked)
    site, subject = locked.site, (locked.kind, locked.pk)
    revisions.require_revision(revision, before, site, subject)
    for name, value in values.items():
        setattr(locked, name, value.strip() if isinstance(value, str) else value)
    validate(locked, values)
    changed = revisions.changed_values(before, values_of(locked))
    if changed:
        _update(locked, changed)
    if changed or further:
        detail = {**changed, **(further or {})}
        audit.record(site, actor, f"change {locked.kind}", subject, **detail)
    return locked


def lock(place: AnyPlace) -> AnyPlace:
    """Return the place as it is now, locked until the transaction ends."""
    rows = type(place).objects.select_for_update(of=("self",))
    owner = _OWNERS.get(place.kind)
    rows = rows.select_related(f"{owner}__site" if owner else "site")
    return rows.get(pk=place.pk)


def lock_in_use(place: AnyPlace, field: str = "code") -> None:
    """Lock a place that gets another part, so that it cannot end before the transaction does.

    Raises:
        Rejection: it has ended.
    """
    rows = type(place).objects.select_for_update(of=("self",), no_key=True)
    require_in_use(rows.get(pk=place.pk), field)


def require_in_use(place: Place, field: str = "code") -> None:
    """Validate that a place has not ended.

    Raises:
        Rejection: it has.
    """
    if place.ended_at is not None:
        raise Rejection(
            field,
            "has_ended",
            _("%(place)s has ended") % {"place": place},
            _("choose another one, or use it again first"),
        )


def _plain(value: Any) -> Any:
    """Return a number with decimals as text, without zeros at its end."""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value


def _update(place: Place, changed: Mapping[str, Any]) -> None:
    try:
        with transaction.atomic():
            place.save(update_fields=list(changed))
    except IntegrityError as error:
        raise taken("code", place.code) from error


def _same_code(place: AnyPlace) -> "models.QuerySet[AnyPlace]":
    owner = _OWNERS.get(place.kind, "site")
    owned = {f"{owner}_id": getattr(place, f"{owner}_id")}
    return type(place).objects.filter(code=place.code, **owned)
