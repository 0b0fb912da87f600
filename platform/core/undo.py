"""Undo bulk changes: what rows were before is kept for a while, for the person who changed them."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core import clock
from core.errors import Rejection
from core.models import Site, UndoableChange, User

VALID_FOR = timedelta(minutes=10)
# By primary key of a row: the values of the changed fields before and after, by name.
Changes = Mapping[int, Mapping[str, list[Any]]]


def record_changes(
    rows: Iterable[Any], fields: Iterable[str], change: Callable[[Any], object]
) -> Changes:
    """Change rows one by one, and return what their fields were before and after.

    Args:
        rows: locked.
        fields: the names of the fields that an undo restores.
        change: changes and saves one row.
    """
    names, changes = list(fields), {}
    for row in rows:
        before = [_written(getattr(row, name)) for name in names]
        change(row)
        after = [_written(getattr(row, name)) for name in names]
        changes[row.pk] = {
            name: [old, new] for name, old, new in zip(names, before, after, strict=True)
        }
    return changes


def unchanged_rows(rows: QuerySet[Any], changes: Changes) -> list[tuple[Any, dict[str, Any]]]:
    """Lock the rows of a bulk change, each with the values that its fields had before.

    Args:
        rows: all rows of the site.
        changes: as `record_changes` returned them.

    Raises:
        Rejection: a row was removed, or one of the fields was changed since.
    """
    # Locked in one order, so that people with overlapping selections do not deadlock.
    found = rows.filter(pk__in=changes).order_by("pk").select_for_update(of=("self",))
    same = [row for row in found if _is_as_left(row, changes[row.pk])]
    if len(same) < len(changes):
        raise Rejection(
            "rows",
            "changed_since",
            _("%(changed)s of %(rows)s rows were changed since, so none was restored")
            % {"changed": len(changes) - len(same), "rows": len(changes)},
            _("change them one by one"),
        )
    return [(row, _before(row, changes[row.pk])) for row in same]


def keep_changes(
    site: Site, user: User, list_name: str, action: str, changes: Changes
) -> UndoableChange:
    """Keep a bulk change that the person may undo."""
    return UndoableChange.objects.create(
        site=site, user=user, list_name=list_name, action=action, rows=changes, at=clock.now()
    )


def latest_change(site: Site, user: User, list_name: str) -> UndoableChange | None:
    """Return the person's latest bulk change of a list, if it can still be undone."""
    recent = UndoableChange.objects.filter(site=site, user=user, list_name=list_name)
    found = recent.order_by("-pk").first()
    return found if found is not None and _is_open(found) else None


@transaction.atomic
def undo_change(change: UndoableChange, restore: Callable[[Changes], object]) -> int:
    """Undo a bulk change, once; return how many rows were restored.

    Args:
        restore: restores all rows, or raises a Rejection and restores none.

    Raises:
        Rejection: it was undone already or is too old, or its rows cannot be restored.
    """
    kept = UndoableChange.objects.select_for_update().get(pk=change.pk)
    if not _is_open(kept):
        raise too_late()
    restore({int(pk): fields for pk, fields in kept.rows.items()})
    kept.undone_at = clock.now()
    kept.save(update_fields=["undone_at"])
    return len(kept.rows)


def too_late() -> Rejection:
    """Return the rejection of an undo that comes too late."""
    return Rejection(
        "change",
        "too_late",
        _("this can no longer be undone"),
        _("change the rows one by one"),
    )


def delete_old_changes() -> None:
    """Delete the changes that can no longer be undone."""
    UndoableChange.objects.filter(at__lt=clock.now() - VALID_FOR).delete()


def _is_open(change: UndoableChange) -> bool:
    return change.undone_at is None and change.at > clock.now() - VALID_FOR


def _is_as_left(row: Any, fields: Mapping[str, list[Any]]) -> bool:
    return all(_written(getattr(row, name)) == after for name, (_old, after) in fields.items())


def _before(row: Any, fields: Mapping[str, list[Any]]) -> dict[str, Any]:
    return {
        name: row._meta.get_field(name).to_python(before) for name, (before, _new) in fields.items()
    }


def _written(value: Any) -> Any:
    """Return a field's value as JSON has it; times keep their microseconds."""
    return value.isoformat() if isinstance(value, datetime) else value
