"""Remove what lists hold of people once it has served its purpose."""

from datetime import timedelta

from core import clock, jobs
from core.imports.services import close_failed, forget_rows
from core.models import ImportBatch, ImportEffect

# A list that was checked and neither imported nor discarded.
STAGED_KEPT = timedelta(days=7)
# For so long a batch can be undone.
EFFECTS_KEPT = timedelta(days=30)

State = ImportBatch.State


@jobs.every(minutes=60)
def forget_old_lists() -> None:
    """Discard lists that were never confirmed, and what is needed to undo old batches."""
    close_failed()
    now = clock.now()
    staged = ImportBatch.objects.filter(state__in=[State.CHECKED, State.REJECTED, State.FAILED])
    for batch in staged.filter(uploaded_at__lt=now - STAGED_KEPT):
        forget_rows(batch)
        ImportBatch.objects.filter(pk=batch.pk, state=batch.state).update(
            state=State.DISCARDED, ended_at=now
        )
    ImportEffect.objects.filter(batch__applied_at__lt=now - EFFECTS_KEPT).delete()
