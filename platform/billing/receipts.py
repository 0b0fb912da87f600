"""Receipt numbers: consecutive at each site, without gaps or duplicates."""

from billing.models import ReceiptCounter
from core.models import Site


def next_number(site: Site) -> int:
    """Return the site's next receipt number, in the caller's transaction.

    The counter stays locked until that transaction ends, so that a rolled-back one returns its
    number. Call it last: other payments of the site wait for the lock meanwhile.
    """
    ReceiptCounter.objects.bulk_create([ReceiptCounter(site=site)], ignore_conflicts=True)
    counter = ReceiptCounter.objects.select_for_update().get(site=site)
    counter.last += 1
    counter.save(update_fields=["last"])
    return counter.last
