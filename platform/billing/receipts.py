"""Receipt numbers: consecutive at each site, without gaps or duplicates."""

from django.db import connection

from core.models import Site

_NEXT = """
INSERT INTO billing_receiptcounter AS counter (site_id, last) VALUES (%s, 1)
ON CONFLICT (site_id) DO UPDATE SET last = counter.last + 1 RETURNING last
"""


def next_number(site: Site) -> int:
    """Return the site's next receipt number, in the caller's transaction.

    The counter stays locked until that transaction ends, so that a rolled-back one returns its
    number. Call it last: other payments of the site wait for the lock meanwhile.
    """
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [site.pk])
        return int(cursor.fetchone()[0])
