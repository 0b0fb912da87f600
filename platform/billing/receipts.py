"""Receipt numbers: one after another at each site, none missing, none twice."""

from billing.models import ReceiptCounter
from core.models import Site


def next_number(site: Site) -> int:
    """Return the site's next receipt number, in the caller's transaction.

    The counter stays locked until that transaction ends, so a number is given back when it fails.
    Take it last: others of the site wait meanwhile.
    """
    ReceiptCounter.objects.bulk_create([ReceiptCounter(site=site)], ignore_conflicts=True)
    counter = ReceiptCounter.objects.select_for_update().get(site=site)
    counter.last += 1
    counter.save(update_fields=["last"])
    return counter.last
