"""What the database checks of each statement that posts, whoever wrote it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from billing.ledger import Line, book
from billing.models import Account, LedgerEntry, LedgerLine
from billing.services import close_month
from core import clock
from core.copying import copy_values, new_keys
from core.models import Site
from core.money import Money
from tests.billing.books import standing
from tests.factories import SiteFactory, UserFactory

pytestmark = pytest.mark.django_db
JUNE, TODAY = date(2026, 6, 1), date(2026, 11, 30)
ENTRY = ("id", "site_id", "reference", "memo", "at", "posted_on", "concerns_month")
LINE = ("entry_id", "account_id", "amount", "posted_on", "party_type", "party_id", "charge_id")


def site_with_accounts() -> Site:
    site = SiteFactory(timezone="Asia/Shanghai")
    lines = [Line("cash", Money(500, "CNY")), Line("parking", Money(-500, "CNY"))]
    book(site, f"first of {site.pk}", "", lines)
    return site


@pytest.fixture
def site() -> Site:
    return site_with_accounts()


def account(site: Site, code: str) -> int:
    return Account.objects.get(site=site, code=code).pk


def at(day: date) -> datetime:
    return clock.midnight(day, "Asia/Shanghai")


def copy_entry(
    site: Site, posted_on: date = TODAY, occurred_on: date = TODAY, concerns: date | None = None
) -> int:
    """Insert an entry as a bulk insert does, without asking for its date."""
    (key,) = new_keys(LedgerEntry, 1)
    row = (key, site.pk, f"copied:{key}", "", at(occurred_on), posted_on, concerns)
    copy_values(LedgerEntry, ENTRY, [row])
    return key


def copy_lines(entry: int, sides: Sequence[tuple[int, int]], posted_on: date = TODAY) -> None:
    rows = ((entry, key, amount, posted_on, None, None, None) for key, amount in sides)
    copy_values(LedgerLine, LINE, rows)


def sides(site: Site) -> list[tuple[int, int]]:
    return [(account(site, "cash"), 7), (account(site, "parking"), -7)]


def test_a_statement_may_insert_many_entries_and_their_lines(site: Site) -> None:
    entries = [copy_entry(site) for _ in range(3)]
    copy_values(
        LedgerLine,
        LINE,
        ((key, *side, TODAY, None, None, None) for key in entries for side in sides(site)),
    )
    assert standing(site) == {"cash": 521, "parking": -521}


@contextmanager
def refused(match: str) -> Iterator[None]:
    """Expect that the database refuses a statement, and undo what the block wrote before."""
    with pytest.raises(IntegrityError, match=match), transaction.atomic():
        yield


def test_lines_must_balance_in_the_statement_that_inserts_them(site: Site) -> None:
    debit, _credit = sides(site)
    with refused("does not balance"):
        copy_lines(copy_entry(site), [debit])


def test_entries_that_only_balance_together_are_refused(site: Site) -> None:
    debit, credit = sides(site)
    with refused("does not balance"):
        copy_values(
            LedgerLine,
            LINE,
            [
                (copy_entry(site), *debit, TODAY, None, None, None),
                (copy_entry(site), *credit, TODAY, None, None, None),
            ],
        )


def test_lines_must_have_the_date_of_their_entry(site: Site) -> None:
    with refused("has another date"):
        copy_lines(copy_entry(site), sides(site), TODAY - timedelta(days=1))


def test_lines_must_be_of_accounts_of_their_entrys_site(site: Site) -> None:
    other = site_with_accounts()
    with refused("no account of its site"):
        copy_lines(copy_entry(site), sides(other))


def test_lines_must_be_of_accounts_and_an_entry_that_exist(site: Site) -> None:
    with refused("no account of its site"):
        copy_lines(copy_entry(site), [(2**60, 7), (2**60, -7)])
    with refused("there is no ledger entry"):
        copy_lines(2**60, sides(site))


def test_a_bulk_insert_into_a_closed_month_is_refused(site: Site) -> None:
    close_month(site, UserFactory(), JUNE)
    with refused("is closed"):
        copy_entry(site, posted_on=JUNE + timedelta(days=29))
    first_open_day = JUNE + timedelta(days=30)
    copy_lines(copy_entry(site, posted_on=first_open_day), sides(site), first_open_day)


@pytest.mark.parametrize(
    ("occurred_on", "concerns"),
    [
        (date(2026, 6, 30), None),
        (date(2026, 6, 30), date(2026, 7, 1)),
        (TODAY, date(2026, 7, 1)),
        (TODAY, date(2026, 5, 2)),
    ],
)
def test_a_late_entry_of_a_bulk_insert_must_name_the_closed_month(
    site: Site, occurred_on: date, concerns: date | None
) -> None:
    close_month(site, UserFactory(), JUNE)
    with refused("does not name the closed month"):
        copy_entry(site, occurred_on=occurred_on, concerns=concerns)
    copy_lines(copy_entry(site, occurred_on=occurred_on, concerns=JUNE), sides(site))


def test_an_entry_names_no_month_while_none_is_closed(site: Site) -> None:
    with refused("does not name the closed month"):
        copy_entry(site, concerns=JUNE)
