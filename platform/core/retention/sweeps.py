"""One run of a retention job over the rows of a class."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from core import audit, clock
from core.models import Site
from core.retention.holds import held_condition, without_held
from core.retention.periods import past_period
from core.retention.scope import Scope
from core.retention_models import RetentionReport

ACTOR = "retention"


class Sweep:
    """The rows of a class that are past their period, and what a run did with them.

    Args:
        code: of the class.
        rows: all rows that still hold data of the class.
        scope: by which fields a hold recognises them.
        counted_from: the field from which the period counts; that of `Scope.at` by default.
        also_held: rows that a hold covers by more than the scope, such as one of another row.
    """

    def __init__(
        self,
        code: str,
        rows: QuerySet[Any],
        scope: Scope,
        counted_from: str = "",
        *,
        also_held: Q | None = None,
    ) -> None:
        self.code, self._also_held = code, also_held
        self._scope = scope
        self._past = rows.filter(past_period(code, scope.site, counted_from or scope.at))
        self._deleted: Counter[int] = Counter()

    def due(self) -> QuerySet[Any]:
        """Return the rows to delete, in a transaction that a new legal hold waits for.

        The caller deletes them in the same transaction.
        """
        due = without_held(self._past, self._scope)
        return due if self._also_held is None else due.exclude(self._also_held)

    @transaction.atomic
    def work_on_batch(self, size: int, delete: Callable[[QuerySet[Any]], object]) -> int:
        """Delete so many of the due rows in one transaction, and count them; return how many.

        Args:
            delete: deletes the rows of a query, or blanks what they hold.
        """
        found = dict(self.due().order_by().values_list("pk", self._scope.site)[:size])
        delete(self._past.model._base_manager.filter(pk__in=found))
        self.count(Counter(site for site in found.values() if site is not None))
        return len(found)

    def held(self) -> QuerySet[Any]:
        """Return the rows past their period that a legal hold keeps."""
        held = held_condition(self._scope)
        return self._past.filter(held if self._also_held is None else held | self._also_held)

    def count(self, deleted: Mapping[int, int]) -> None:
        """Add rows that were deleted, by site."""
        self._deleted.update(deleted)

    @property
    def deleted(self) -> int:
        """How many rows were deleted so far."""
        return self._deleted.total()

    def record(self) -> int:
        """Store the report of the run for each site that it concerns; return how many it deleted.

        A run that deleted no rows is reported only when the number under hold has changed.
        """
        held, reported = self._held_by_site(), self._reported_held()
        for site_id in sorted({*self._deleted, *held, *reported}):
            deleted, kept = self._deleted[site_id], held.get(site_id, 0)
            if deleted or kept != reported.get(site_id, 0):
                self._store(site_id, deleted, kept)
        return self.deleted

    def _store(self, site_id: int, deleted: int, held: int) -> None:
        RetentionReport.objects.create(
            site_id=site_id, code=self.code, at=clock.now(), deleted=deleted, held=held
        )
        if deleted:
            site = Site.objects.get(pk=site_id)
            detail = {"data": self.code, "deleted": deleted, "held": held}
            audit.record(site, ACTOR, "delete expired data", ("site", site_id), **detail)

    def _held_by_site(self) -> dict[int, int]:
        rows = self.held().order_by().values_list(self._scope.site)
        return dict(rows.annotate(number=Count("pk")).values_list(self._scope.site, "number"))

    def _reported_held(self) -> dict[int, int]:
        newest = RetentionReport.objects.filter(code=self.code).order_by("site", "-at", "-pk")
        return dict(newest.distinct("site").values_list("site", "held"))
