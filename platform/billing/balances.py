"""The balances of a site's accounts, by the daily totals of the ledger."""

from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction
from django.db.models import Sum

from billing.models import DailyTotal
from core.models import Site
from core.money import Money

# A second run at the same time gets only the rows that the first one has left.
_MERGE = """
WITH split AS (
    SELECT account_id, posted_on FROM billing_dailytotal GROUP BY 1, 2 HAVING count(*) > 1
), merged AS (
    DELETE FROM billing_dailytotal total USING split
    WHERE total.account_id = split.account_id AND total.posted_on = split.posted_on
    RETURNING total.account_id, total.posted_on, total.amount
), written AS (
    INSERT INTO billing_dailytotal (account_id, posted_on, amount)
    SELECT account_id, posted_on, sum(amount) FROM merged GROUP BY 1, 2
)
SELECT count(*) FROM merged
"""


# One snapshot has both sides of a posting, so that no posting meanwhile is a difference.
_DIFFERENCES = """
SELECT account.id, day.posted_on, sum(day.lines), sum(day.totals)
FROM billing_account account CROSS JOIN LATERAL (
    SELECT posted_on, sum(amount) AS lines, 0 AS totals FROM billing_ledgerline
    WHERE account_id = account.id AND posted_on >= %(since)s GROUP BY posted_on
    UNION ALL
    SELECT posted_on, 0, sum(amount) FROM billing_dailytotal
    WHERE account_id = account.id AND posted_on >= %(since)s GROUP BY posted_on
) day
GROUP BY account.id, day.posted_on HAVING sum(day.lines) <> sum(day.totals)
ORDER BY account.id, day.posted_on
"""


@dataclass(frozen=True, slots=True)
class TotalDifference:
    """A day of an account whose total is not the sum of its lines, both in minor units."""

    account: int
    posted_on: date
    lines: int
    total: int


@dataclass(frozen=True, slots=True)
class Balance:
    """The balance of an account; a debit is above zero."""

    account: str
    money: Money


def balances(site: Site, until: date | None = None) -> list[Balance]:
    """Return the accounts of the site that are not at zero, by code and currency.

    Args:
        site: whose ledger.
        until: the last accounting date that counts; all by default.
    """
    totals = DailyTotal.objects.filter(account__site=site)
    if until is not None:
        totals = totals.filter(posted_on__lte=until)
    rows = (
        totals.values("account__code", "account__currency")
        .annotate(sum=Sum("amount"))
        .exclude(sum=0)
        .order_by("account__code", "account__currency")
    )
    return [
        Balance(row["account__code"], Money(int(row["sum"]), row["account__currency"]))
        for row in rows
    ]


def merge_daily_totals() -> int:
    """Merge the totals of one account and day into one row; return how many rows were merged."""
    with connection.cursor() as cursor:
        cursor.execute(_MERGE)
        return int(cursor.fetchone()[0])


def differing_totals(since: date = date.min) -> list[TotalDifference]:
    """Return the days of accounts whose daily total is not the sum of the lines.

    Args:
        since: the first accounting date that is compared; all by default.
    """
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERENCES, {"since": since})
        return [
            TotalDifference(account, day, int(lines), int(total))
            for account, day, lines, total in cursor.fetchall()
        ]


@transaction.atomic
def correct_daily_totals() -> list[TotalDifference]:
    """Make the daily totals the sums of the lines, which are never changed; return what differed.

    It adds rows only, so that postings and the merging job go on meanwhile.
    """
    found = differing_totals()
    DailyTotal.objects.bulk_create(
        DailyTotal(
            account_id=each.account, posted_on=each.posted_on, amount=each.lines - each.total
        )
        for each in found
    )
    return found
