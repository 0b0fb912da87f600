"""Upload, confirm, discard and undo a list; a site works on one at a time."""

from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from core import clock, live, runs
from core.errors import Rejection
from core.imports import applying, checking, undoing
from core.imports.kinds import kind_of
from core.models import ImportBatch, ImportFile, Run, Site, User
from core.tables import LARGEST_BYTES, DateOrder
from core.topics import IMPORT

State = ImportBatch.State


@transaction.atomic
def upload(
    site: Site,
    user: User,
    kind: str,
    file_name: str,
    data: bytes,
    date_order: DateOrder = DateOrder.UNKNOWN,
) -> ImportBatch:
    """Store a list and queue its check, which writes nothing but the staged rows.

    Args:
        kind: the code of a kind of list.
        date_order: how the list writes dates whose year stands last.

    Raises:
        Rejection: the file is too large, or the site works on another list.
    """
    if len(data) > LARGEST_BYTES:
        raise Rejection(
            "file",
            "too_large",
            _("has %(size)s bytes, more than %(most)s")
            % {"size": len(data), "most": LARGEST_BYTES},
            _("split it into several files"),
        )
    require_idle(site)
    batch = ImportBatch(
        site=site,
        kind=kind_of(kind).code,
        file_name=file_name[-120:],
        by=user,
        language=translation.get_language() or "en",
        date_order=date_order,
        uploaded_at=clock.now(),
    )
    _work(batch, user, checking.KIND, lambda: ImportFile.objects.create(batch=batch, data=data))
    return batch


@transaction.atomic
def confirm(batch: ImportBatch, user: User) -> ImportBatch:
    """Queue the import of a list that was checked without errors.

    Raises:
        Rejection: it has errors or was imported already, or the site works on another list.
    """
    batch = _lock(batch)
    _require_state(batch, State.CHECKED)
    require_idle(batch.site)
    # Who confirms is who imports: the history of each thing names them.
    batch.state, batch.by = State.APPLYING, user
    _work(batch, user, applying.KIND)
    return batch


@transaction.atomic
def discard(batch: ImportBatch, user: User) -> ImportBatch:
    """Remove the staged rows of a list that is not to be imported.

    Raises:
        Rejection: it was imported, or is being worked on.
    """
    batch = _lock(batch)
    _require_state(batch, State.CHECKED, State.REJECTED, State.FAILED)
    forget_rows(batch)
    batch.state, batch.ended_at = State.DISCARDED, clock.now()
    batch.save()
    live.announce(IMPORT, batch.site_id, batch.pk)
    return batch


@transaction.atomic
def undo(batch: ImportBatch, user: User) -> ImportBatch:
    """Queue the undoing of an imported list; a refusal is stored as the batch's problem.

    Raises:
        Rejection: it was not imported, was undone, or is too old; or the site works on a list.
    """
    batch = _lock(batch)
    _require_state(batch, State.APPLIED)
    if (batch.created or batch.changed) and not batch.effects.exists():
        raise Rejection(
            "batch",
            "too_old",
            _("was imported too long ago to be undone"),
            _("end what is not needed on its own page"),
        )
    require_idle(batch.site)
    batch.state, batch.problem = State.UNDOING, None
    _work(batch, user, undoing.KIND)
    return batch


def require_idle(site: Site) -> None:
    """Check that no other list of the site is being worked on.

    Raises:
        Rejection: one is; the message names it.
    """
    close_failed(site)
    other = ImportBatch.objects.filter(site=site, state__in=ImportBatch.WORKING).first()
    if other is not None:
        raise _busy(other)


def close_failed(site: Site | None = None) -> None:
    """End the batches whose run was given up, so that the site can import again."""
    stuck = ImportBatch.objects.filter(
        state__in=ImportBatch.WORKING, run__state__in=[Run.State.FAILED, Run.State.CANCELLED]
    )
    if site is not None:
        stuck = stuck.filter(site=site)
    # Nothing was written by a run that failed: it had one transaction.
    stuck.filter(state=State.UNDOING).update(state=State.APPLIED)
    stuck.update(state=State.FAILED, ended_at=clock.now())


def forget_rows(batch: ImportBatch) -> None:
    """Remove the file and the staged rows of a batch."""
    ImportFile.objects.filter(batch=batch).delete()
    batch.rows.all().delete()


def _work(
    batch: ImportBatch, user: User, kind: str, prepare: Callable[[], Any] | None = None
) -> None:
    """Store a batch that begins to work, and start its run."""
    try:
        with transaction.atomic():
            batch.save()
    except IntegrityError:
        other = ImportBatch.objects.filter(site=batch.site, state__in=ImportBatch.WORKING).first()
        raise _busy(other or batch) from None
    if prepare is not None:
        prepare()
    batch.run = runs.start(kind, batch.site, user.get_username(), batch.total, {"batch": batch.pk})
    batch.save(update_fields=["run"])


def _busy(batch: ImportBatch) -> Rejection:
    return Rejection(
        "file",
        "busy",
        _("the list %(file)s of %(user)s is being worked on")
        % {"file": batch.file_name, "user": batch.by.get_username()},
        _("wait until it is done, then try again"),
    )


def _lock(batch: ImportBatch) -> ImportBatch:
    rows = ImportBatch.objects.select_for_update(of=("self",)).select_related("site", "by")
    return rows.get(pk=batch.pk)


def _require_state(batch: ImportBatch, *states: State) -> None:
    if batch.state not in states:
        raise Rejection(
            "batch",
            "wrong_state",
            _("this list is in the state “%(state)s”") % {"state": batch.get_state_display()},
            _("reload the page"),
        )
