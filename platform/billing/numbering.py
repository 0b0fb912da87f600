"""Numbers of bills and credit notes: consecutive for each site, kind and year, without gaps."""

from django.db import connection

from billing.models import NumberCounter
from core.models import Site

_NEXT = """
INSERT INTO billing_numbercounter AS counter (site_id, kind, year, last)
VALUES (%s, %s, %s, %s)
ON CONFLICT (site_id, kind, year) DO UPDATE SET last = counter.last + excluded.last
RETURNING last
"""


def next_numbers(site: Site, kind: NumberCounter.Kind, year: int, count: int = 1) -> range:
    """Return so many next numbers of the series, in the caller's transaction.

    The counter stays locked until that transaction ends, so that a rolled-back one returns its
    numbers. Call it as late as possible: others of the series wait meanwhile.
    """
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [site.pk, kind, year, count])
        last = int(cursor.fetchone()[0])
    return range(last - count + 1, last + 1)


def number_text(prefix: str, site: Site, year: int, number: int) -> str:
    """Return a number as printed; the site's slug makes it unique within its organisation."""
    return f"{prefix}-{site.slug}-{year}-{number:06d}"
