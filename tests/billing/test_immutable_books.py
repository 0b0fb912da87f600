"""The database itself refuses to change what was booked."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from billing.ledger import Line, book
from billing.models import Account, Allocation, Charge, LedgerEntry, LedgerLine
from config.database_roles import books
from core import clock
from core.models import Site
from core.money import Money
from parking.charges import post_charge
from tests.billing.books import standing
from tests.factories import SiteFactory, StayFactory
from tests.paying import pay

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def site() -> Site:
    site = SiteFactory()
    book_sale(site, "payment:1")
    return site


def book_sale(site: Site, reference: str, amount: int = 500) -> LedgerEntry:
    sides = [Line("cash", Money(amount, "CNY")), Line("parking", Money(-amount, "CNY"))]
    return book(site, reference, "parking", sides)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE billing_account SET currency = 'EUR'",
        "UPDATE billing_account SET code = 'suspense' WHERE code = 'cash'",
        "UPDATE billing_account SET site_id = site_id",
        "DELETE FROM billing_account",
        "UPDATE billing_ledgerentry SET memo = 'another'",
        "UPDATE billing_ledgerentry SET at = now()",
        "UPDATE billing_ledgerentry SET xid = pg_current_xact_id()",
        "DELETE FROM billing_ledgerentry",
        "UPDATE billing_ledgerline SET amount = amount * 2",
        "DELETE FROM billing_ledgerline",
        "TRUNCATE billing_ledgerline",
        "TRUNCATE billing_ledgerline, billing_ledgerentry CASCADE",
        "TRUNCATE billing_account CASCADE",
    ],
)
def test_a_change_of_the_books_is_refused(site: Site, statement: str) -> None:
    with pytest.raises(IntegrityError, match="is append-only"):
        connection.cursor().execute(statement)
    assert standing(site) == {"cash": 500, "parking": -500}


def add_lines(entry: LedgerEntry) -> None:
    accounts = {account.code: account for account in Account.objects.filter(site=entry.site)}
    LedgerLine.objects.bulk_create(
        LedgerLine(entry=entry, account=accounts[code], amount=amount, posted_on=entry.posted_on)
        for code, amount in (("cash", 7), ("parking", -7))
    )


def test_a_balanced_pair_of_lines_cannot_be_added_to_a_booked_entry(site: Site) -> None:
    entry = LedgerEntry.objects.get(site=site)
    with pytest.raises(IntegrityError, match="no line can be added"), transaction.atomic():
        add_lines(entry)
    assert standing(site) == {"cash": 500, "parking": -500}


def test_a_transaction_id_given_by_hand_does_not_keep_an_entry_open(site: Site) -> None:
    with transaction.atomic():
        entry = book_sale(site, "payment:2")
        columns = "reference, site_id, at, memo"
        connection.cursor().execute(
            f"INSERT INTO billing_ledgerentry ({columns}, xid)"  # noqa: S608 - our own names
            f" SELECT 'forged', site_id, at, memo, '9000000000000' FROM billing_ledgerentry"
            " WHERE id = %s RETURNING xid = pg_current_xact_id()",
            [entry.pk],
        )
        add_lines(LedgerEntry.objects.get(reference="forged"))
    with pytest.raises(IntegrityError, match="no line can be added"), transaction.atomic():
        add_lines(LedgerEntry.objects.get(reference="forged"))


def test_an_entry_without_lines_is_refused_at_commit(site: Site) -> None:
    with pytest.raises(IntegrityError, match="has no lines"), transaction.atomic():
        LedgerEntry.objects.create(site=site, reference="x", memo="", at=clock.now())
    assert not LedgerEntry.objects.filter(reference="x").exists()


def test_an_entry_and_its_lines_may_come_from_different_savepoints(site: Site) -> None:
    with transaction.atomic():
        with transaction.atomic():
            LedgerEntry.objects.create(site=site, reference="x", memo="", at=clock.now())
        with transaction.atomic():
            add_lines(LedgerEntry.objects.get(reference="x"))
    assert standing(site) == {"cash": 507, "parking": -507}


ONE_SIDED = """
CREATE TEMPORARY TABLE billing_ledgerline (entry_id bigint) ON COMMIT DROP;
WITH entry AS (
    INSERT INTO public.billing_ledgerentry (reference, site_id, at, memo)
    SELECT 'x', site_id, at, '' FROM public.billing_ledgerentry
    RETURNING id, posted_on
)
INSERT INTO public.billing_ledgerline (entry_id, posted_on, account_id, amount)
SELECT entry.id, posted_on, account.id, 5 FROM entry, public.billing_account AS account LIMIT 1;
"""


def test_a_temporary_table_does_not_hide_the_lines_from_the_check(site: Site) -> None:
    with pytest.raises(IntegrityError, match="does not balance"), transaction.atomic():
        connection.cursor().execute(ONE_SIDED)


@pytest.fixture
def paid_charge() -> Charge:
    """A posted charge with an allocation."""
    now = clock.now()
    times = {"entered_at": now - timedelta(minutes=90), "left_at": now}
    stay = StayFactory(status="closed", price=1000, **times)
    pay(stay, 1000)
    return post_charge(stay)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE billing_allocation SET amount = 1",
        "DELETE FROM billing_allocation",
        "TRUNCATE billing_allocation",
        "DELETE FROM billing_charge",
        "UPDATE billing_charge SET amount = 1",
        "TRUNCATE billing_charge CASCADE",
    ],
)
def test_allocations_and_posted_charges_are_final(paid_charge: Charge, statement: str) -> None:
    with pytest.raises(IntegrityError, match=r"is append-only|is final"):
        connection.cursor().execute(statement)
    assert Allocation.objects.filter(charge=paid_charge).count() == 1


def test_allocations_belong_to_the_books() -> None:
    assert "billing_allocation" in books()
