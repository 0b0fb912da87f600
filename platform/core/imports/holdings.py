"""What imports hold of people: rows of lists that wait, and values before a change."""

from collections.abc import Iterator

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core import clock, holdings
from core.holdings import Erased, Identity, Row
from core.imports.kinds import all_kinds
from core.imports.services import forget_rows
from core.models import ImportBatch, ImportEffect, ImportRow

State = ImportBatch.State


def export(identity: Identity) -> Iterator[tuple[str, list[Row]]]:
    """Yield the rows of waiting lists with the person's phone, e-mail or plate."""
    rows = ImportRow.objects.filter(batch__site=identity.site_id)
    found = holdings.with_terms(rows, identity, "values")
    yield "rows of lists", holdings.rows_of(found, "number", "values")


def erase(identity: Identity) -> Erased:
    """Discard the waiting lists of people: a row may hold no more of the person than the name."""
    waiting = _personal(identity).filter(state__in=[State.CHECKED, State.REJECTED, State.FAILED])
    for batch in waiting:
        forget_rows(batch)
        batch.state, batch.ended_at = State.DISCARDED, clock.now()
        batch.save(update_fields=["state", "ended_at"])
    effects = ImportEffect.objects.filter(
        batch__site=identity.site_id, subject_type="person", subject_id=identity.person_id
    )
    deleted, _rows = effects.delete()
    return Erased(len(waiting) + deleted)


def blocks(identity: Identity) -> Iterator[str]:
    """Yield that a list of people is being worked on."""
    if _personal(identity).filter(state__in=ImportBatch.WORKING).exists():
        yield _("a list of people is being imported")


def _personal(identity: Identity) -> QuerySet[ImportBatch]:
    kinds = [kind.code for kind in all_kinds() if kind.personal]
    return ImportBatch.objects.filter(site=identity.site_id, kind__in=kinds)


holdings.register(holdings.Part("imports", export, erase, blocks))
