"""Arrears by age: what each payer owes, by how long it has been due."""

from datetime import date
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.ledger import Party
from billing.models import Account
from billing.payers import NAMED, names_of
from billing.reports.tables import CURRENCY, Column, Row, Table, amounts, divided, with_totals
from core.models import Site
from core.money import Money

COLUMNS = (
    Column(gettext_lazy("Payer")),
    Column(CURRENCY),
    *divided(
        gettext_lazy("Not due yet"),
        gettext_lazy("1–30 days"),
        gettext_lazy("31–60 days"),
        gettext_lazy("61–90 days"),
        gettext_lazy("91–180 days"),
        gettext_lazy("Over 180 days"),
    ),
    amounts(gettext_lazy("Owed")),
)
# What a cause costs and what was paid of it are posted to several of its revisions, so they count
# together, from the day on which the first was due. Anonymous payers of one kind share a row.
_OWED = """
WITH owed AS (
    SELECT line.party_type, CASE WHEN line.party_type = ANY (%(named)s) THEN line.party_id END
            AS party_id,
        account.currency, sum(line.amount) AS amount,
        %(on)s::date - (min(coalesce(charge.due_at, charge.opened_at, charge.created_at))
            AT TIME ZONE %(zone)s)::date AS days
    FROM billing_ledgerline line
    JOIN billing_account account ON account.id = line.account_id
    LEFT JOIN billing_charge charge ON charge.id = line.charge_id
    WHERE account.site_id = %(site)s AND account.code = %(receivable)s
        AND line.posted_on <= %(on)s
    GROUP BY 1, 2, 3, charge.source_type, charge.source_id, charge.period
    HAVING sum(line.amount) <> 0
)
SELECT party_type, party_id, currency,
    sum(amount) FILTER (WHERE days IS NULL OR days <= 0),
    sum(amount) FILTER (WHERE days BETWEEN 1 AND 30),
    sum(amount) FILTER (WHERE days BETWEEN 31 AND 60),
    sum(amount) FILTER (WHERE days BETWEEN 61 AND 90),
    sum(amount) FILTER (WHERE days BETWEEN 91 AND 180),
    sum(amount) FILTER (WHERE days > 180),
    sum(amount)
FROM owed GROUP BY party_type, party_id, currency
ORDER BY sum(amount) DESC, party_type, party_id, currency
"""


def ageing(site: Site, on: date) -> Table:
    """Return what is owed at the end of a day of the site, by payer and age in days."""
    return with_totals(COLUMNS, [row for _payer, row in aged(site, on)])


def aged(site: Site, on: date) -> list[tuple[Party | None, Row]]:
    """Return the rows of `ageing`, each with its payer; None where the payer is anonymous."""
    values: dict[str, Any] = {
        "site": site.pk,
        "zone": site.timezone,
        "on": on,
        "receivable": Account.Code.RECEIVABLE.value,
        "named": list(NAMED),
    }
    with connection.cursor() as cursor:
        cursor.execute(_OWED, values)
        found = cursor.fetchall()
    names = names_of(site, ((kind, key) for kind, key, *_amounts in found if key))
    return [_row(names, *each) for each in found]


def _row(
    names: dict[Party, str], kind: str | None, key: str | None, currency: str, *sums: Any
) -> tuple[Party | None, Row]:
    payer = (kind, key) if kind and key else None
    name = names.get(payer, "") if payer else ""
    cells = [Money(int(each or 0), currency) for each in sums]
    return payer, (name or _("Unknown payers"), currency, *cells)
