"""Reports: each total is the sum of its ledger lines, at any day of the site."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db.models import Sum

from billing import reports
from billing.ledger import Line, book
from billing.models import Account, LedgerLine
from billing.payers import names_of, party_of_holder
from billing.reports import Table
from billing.services import apply_credit, close_month, credit_bill, require_deposit
from core import clock
from core.models import Site
from core.money import Money
from estate.models import Unit
from tests.billing.club_fees import PAYER, bill_of, charges_of, club_charge, pay, register
from tests.factories import (
    CompanyFactory,
    OccupancyFactory,
    PersonFactory,
    SiteFactory,
    UnitFactory,
    UserFactory,
)

ALWAYS = (date(2000, 1, 1), date(2100, 1, 1))


@pytest.fixture
def site(db: None) -> Site:
    register()
    return SiteFactory(timezone="Asia/Shanghai")


def today(site: Site) -> date:
    return clock.local(clock.now(), site.timezone).date()


def cells(table: Table) -> list[tuple[Any, ...]]:
    """The rows with amounts in minor units and texts of lazy titles."""
    return [
        tuple(each.minor if isinstance(each, Money) else each for each in row) for row in table.rows
    ]


def totals(table: Table) -> list[int]:
    """The amounts of the only row of totals."""
    (row,) = table.totals
    return [each.minor for each in row if isinstance(each, Money)]


def sale(site: Site, reference: str, amount: int, at: datetime, account: str = "parking") -> None:
    lines = [Line("cash", Money(amount, "CNY")), Line(account, Money(-amount, "CNY"))]
    book(site, reference, "", lines, at=at)


def test_a_trial_balance_balances_and_ends_at_its_day(site: Site) -> None:
    midnight = clock.midnight(date(2026, 7, 1), site.timezone)
    sale(site, "a", 500, midnight - timedelta(seconds=1))
    sale(site, "b", 70, midnight)
    assert totals(reports.trial_balance(site, date(2026, 6, 30))) == [500, 500]
    assert totals(reports.trial_balance(site, date(2026, 7, 1))) == [570, 570]
    assert cells(reports.trial_balance(site, date(2026, 6, 29))) == []


def test_income_counts_by_account_and_month(site: Site) -> None:
    sale(site, "a", 500, clock.midnight(date(2026, 5, 31), site.timezone))
    sale(site, "b", 70, clock.midnight(date(2026, 6, 1), site.timezone))
    sale(site, "c", 30, clock.midnight(date(2026, 6, 9), site.timezone), "club_fees")
    table = reports.income(site, date(2026, 5, 1), date(2026, 6, 30))
    assert [(row[0], row[3]) for row in cells(table)] == [
        *(("2026-05", 500), ("2026-06", 30), ("2026-06", 70))
    ]
    assert totals(table) == [600]


def test_vat_is_reported_by_rate_with_its_net_income(site: Site) -> None:
    bill_of(site, club_charge("a", 10600, 600), club_charge("b", 5300, 300))
    assert cells(reports.vat(site, *ALWAYS)) == [("6 %", "CNY", 15000, 900)]


def test_the_collected_share_is_that_of_the_month_of_the_charges(site: Site) -> None:
    bill = bill_of(site, club_charge("a", 10000), club_charge("b", 5000))
    pay(site, 10000, charges_of(bill)[0])
    (row,) = reports.collected(site, *ALWAYS).rows
    assert [each.minor for each in row[3:6]] == [15000, 10000, 5000]
    assert f"{row[6]:.4f}" == "0.6667"


def test_payers_are_named_and_an_erased_person_is_called_erased(site: Site) -> None:
    named, erased = PersonFactory(site=site, name="李伟"), PersonFactory(site=site, name="")
    company, elsewhere = CompanyFactory(site=site, name="Acme"), PersonFactory(name="Wang Fang")
    payers = [party_of_holder(each) for each in (named, erased, company, elsewhere)]
    names = names_of(site, [*payers, ("charge", "17")])
    assert [names.get(each) for each in payers] == ["李伟", "erased", "Acme", None]
    bill_of(site, club_charge("a", 100), payer=payers[1])
    (row,) = cells(reports.ageing(site, today(site)))
    assert row[0] == "erased"


@pytest.mark.parametrize(
    ("days", "column"),
    [(0, 0), (1, 1), (30, 1), (31, 2), (60, 2), (61, 3), (90, 3), (91, 4), (180, 4), (181, 5)],
)
def test_arrears_are_aged_by_days_since_they_were_due(site: Site, days: int, column: int) -> None:
    person = PersonFactory(site=site, name="李伟")
    bill_of(
        site,
        club_charge("a", 100),
        payer=("person", str(person.pk)),
        due=today(site) - timedelta(days=days),
    )
    (row,) = cells(reports.ageing(site, today(site)))
    assert row[0] == "李伟"
    assert row[2 + column] == row[8] == 100
    assert sum(row[2:8]) == 100


def test_arrears_are_what_the_ledger_says_is_owed(site: Site) -> None:
    first = bill_of(site, club_charge("a", 1000), club_charge("b", 500))
    pay(site, 1000, charges_of(first)[0])
    credit_bill(first, UserFactory(), reason="wrong area")
    bill_of(site, club_charge("c", 2000))
    owed = LedgerLine.objects.filter(account__code="receivable").aggregate(sum=Sum("amount"))["sum"]
    assert totals(reports.ageing(site, today(site)))[-1] == owed
    assert cells(reports.ageing(site, today(site) - timedelta(days=1))) == []


def test_a_statement_runs_from_its_opening_to_its_closing_balance(site: Site) -> None:
    bill = bill_of(site, club_charge("a", 1000), club_charge("b", 500))
    pay(site, 1700, charges_of(bill)[0])
    (found,) = reports.statement(site, [PAYER], today(site), today(site))
    assert (found.opening.minor, found.closing.minor) == (0, -200)
    assert [each.money.minor for each in found.movements] == [1000, 500, -1700]
    assert [each.balance.minor for each in found.movements] == [1000, 1500, -200]
    assert found.movements[0].title == "Club a"
    (later,) = reports.statement(site, [PAYER], today(site) + timedelta(days=1), ALWAYS[1])
    assert (later.opening.minor, later.movements, later.closing.minor) == (-200, (), -200)


def test_credit_that_pays_a_charge_is_no_movement(site: Site) -> None:
    pay(site, 300)
    bill_of(site, club_charge("a", 200))
    apply_credit(site, PAYER)
    (found,) = reports.statement(site, [PAYER], *ALWAYS)
    assert [each.money.minor for each in found.movements] == [-300, 200]


def test_a_statement_shows_deposits_apart(site: Site) -> None:
    require_deposit(site, PAYER, 5000, purpose="renovation")
    pay(site, 5000, site.charges.get())
    (found,) = reports.statement(site, [PAYER], *ALWAYS)
    assert (found.closing.minor, found.deposits.minor) == (0, 5000)


def test_a_late_movement_names_its_closed_month(site: Site) -> None:
    close_month(site, UserFactory(), date(2026, 6, 1))
    lines = [Line("receivable", Money(5, "CNY"), PAYER), Line("parking", Money(-5, "CNY"))]
    book(site, "x", "", lines, at=clock.midnight(date(2026, 6, 3), site.timezone))
    (found,) = reports.statement(site, [PAYER], *ALWAYS)
    assert found.movements[0].concerns_month == date(2026, 6, 1)


def test_a_household_is_who_had_the_unit_in_the_period(site: Site) -> None:
    unit: Unit = UnitFactory(building__site=site)
    old, new = PersonFactory(site=site), CompanyFactory(site=site)
    change = date(2026, 6, 1)
    OccupancyFactory(site=site, unit=unit, person=old, begins_on=date(2025, 1, 1), ends_on=change)
    OccupancyFactory(site=site, unit=unit, person=None, company=new, begins_on=change)
    parties = [("person", str(old.pk)), ("company", str(new.pk))]
    assert reports.household_parties(unit, date(2026, 5, 1), date(2026, 6, 30)) == parties
    assert reports.household_parties(unit, change, date(2026, 6, 30)) == parties[1:]


def test_the_cash_book_shows_each_movement_with_the_balance(site: Site) -> None:
    for number, amount in enumerate((500, 70, -20)):
        sale(site, str(number), amount, clock.midnight(date(2026, 6, 1 + number), site.timezone))
    account = Account.objects.get(site=site, code="cash")
    table = reports.cash_book(account, date(2026, 6, 2), date(2026, 6, 3))
    assert [row[4:] for row in cells(table)] == [(0, 0, 500), (70, 0, 570), (0, 20, 550)]
    assert totals(table) == [70, 20, 550]


def test_reports_of_a_site_show_nothing_of_another(site: Site) -> None:
    other = SiteFactory()
    bill_of(other, club_charge("a", 1000), club_charge("b", 500))
    day = today(site)
    assert not reports.trial_balance(site, day).rows
    assert not reports.ageing(site, day).rows
    assert not reports.income(site, *ALWAYS).rows
    assert not reports.vat(site, *ALWAYS).rows
    assert not reports.collected(site, *ALWAYS).rows
    (found,) = reports.statement(site, [PAYER], *ALWAYS)
    assert not found.movements
