"""Accounting dates and closed months: by the site's clock, and nothing into what is closed."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from threading import Thread

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.balances import balances, merge_daily_totals
from billing.ledger import Line, NewEntry, book, book_new
from billing.models import ClosedMonth, DailyTotal, LedgerEntry, LedgerLine
from billing.services import close_month, reopen_month
from billing.services.periods import closable_month, closed_until
from core import clock
from core.errors import Rejection
from core.models import AuditEntry, Site, User
from core.money import Money
from tests.factories import SiteFactory, UserFactory

pytestmark = pytest.mark.django_db
MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)


def sale(amount: int, currency: str = "CNY") -> list[Line]:
    return [Line("cash", Money(amount, currency)), Line("parking", Money(-amount, currency))]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def site() -> Site:
    return SiteFactory(timezone="Asia/Shanghai")


@pytest.fixture
def accountant() -> User:
    return UserFactory()


@pytest.mark.parametrize(
    ("timezone", "instant", "day"),
    [
        ("Asia/Shanghai", "2026-06-30 15:59:59", date(2026, 6, 30)),
        ("Asia/Shanghai", "2026-06-30 16:00", date(2026, 7, 1)),
        # The clocks of New York are put back on 1 November at 06:00 UTC, and forward on 8 March.
        ("America/New_York", "2026-11-01 03:59:59", date(2026, 10, 31)),
        ("America/New_York", "2026-11-01 04:00", date(2026, 11, 1)),
        ("America/New_York", "2026-12-01 04:59:59", date(2026, 11, 30)),
        ("America/New_York", "2026-12-01 05:00", date(2026, 12, 1)),
        # In Santiago the 6th of September 2026 begins at 01:00.
        ("America/Santiago", "2026-09-06 03:59:59", date(2026, 9, 5)),
        ("America/Santiago", "2026-09-06 04:00", date(2026, 9, 6)),
    ],
)
def test_an_entry_is_dated_by_the_clock_of_its_site(timezone: str, instant: str, day: date) -> None:
    entry = book(SiteFactory(timezone=timezone), "x", "", sale(5), at=at(instant))
    assert entry.posted_on == day
    assert set(entry.lines.values_list("posted_on", flat=True)) == {day}


def test_entries_in_bulk_are_dated_alike(site: Site) -> None:
    book_new(site, [NewEntry("x", "", sale(5), at("2026-06-30 16:00"))])
    assert set(LedgerLine.objects.values_list("posted_on", flat=True)) == {date(2026, 7, 1)}


def test_a_late_entry_goes_to_the_open_month_and_names_the_closed_one(
    site: Site, accountant: User
) -> None:
    close_month(site, accountant, JUNE)
    entry = book(site, "x", "", sale(5), at=at("2026-05-30 16:00"))
    today = clock.local(clock.now(), site.timezone).date()
    assert (entry.posted_on, entry.concerns_month) == (today, MAY)
    assert entry.at == at("2026-05-30 16:00")


def test_a_correction_names_the_closed_month_that_it_concerns(site: Site, accountant: User) -> None:
    close_month(site, accountant, JUNE)
    assert book(site, "x", "", sale(5), concerns=date(2026, 5, 17)).concerns_month == MAY
    assert book(site, "y", "", sale(5), concerns=date(2026, 7, 17)).concerns_month is None


@pytest.mark.parametrize("day", [date(2026, 6, 30), date(2020, 1, 1)])
def test_the_database_refuses_a_date_in_a_closed_month(
    site: Site, accountant: User, day: date
) -> None:
    close_month(site, accountant, JUNE)
    with pytest.raises(IntegrityError, match="is closed"), transaction.atomic():
        LedgerEntry.objects.create(site=site, reference="x", memo="", at=clock.now(), posted_on=day)


def test_a_line_cannot_have_another_date_than_its_entry(site: Site) -> None:
    entry = book(site, "x", "", sale(5))
    with pytest.raises(IntegrityError, match="has another date"), transaction.atomic():
        LedgerLine.objects.create(
            entry=entry, account=entry.lines.all()[0].account, amount=5, posted_on=MAY
        )


def test_the_balances_of_a_closed_month_stay(site: Site, accountant: User) -> None:
    book(site, "x", "", sale(5), at=at("2026-06-10 12:00"))
    close_month(site, accountant, JUNE)
    before = balances(site, until=date(2026, 6, 30))
    book(site, "y", "", sale(7), at=at("2026-06-11 12:00"))
    assert balances(site, until=date(2026, 6, 30)) == before
    assert balances(site)[0].money.minor == 12


def test_other_sites_stay_open(site: Site, accountant: User) -> None:
    close_month(site, accountant, JUNE)
    entry = book(SiteFactory(), "x", "", sale(5), at=at("2026-06-10 12:00"))
    assert entry.posted_on == date(2026, 6, 10)


def test_months_are_closed_in_their_order(site: Site, accountant: User) -> None:
    book(site, "x", "", sale(5), at=at("2026-05-10 12:00"))
    assert closable_month(site) == MAY
    close_month(site, accountant, MAY)
    for month, problem in (
        (date(2026, 7, 1), "an earlier month is not closed"),
        (MAY, "is closed"),
        (date(2026, 4, 1), "is closed"),
        (date(2026, 6, 2), "not over"),
        (date(2999, 1, 1), "not over"),
    ):
        with pytest.raises(Rejection, match=problem):
            close_month(site, accountant, month)
    assert closable_month(site) == JUNE
    close_month(site, accountant, JUNE)
    assert closed_until(site) == JUNE


def test_the_month_that_goes_on_is_not_closed(site: Site, accountant: User) -> None:
    today = clock.local(clock.now(), site.timezone).date()
    with pytest.raises(Rejection, match="not over"):
        close_month(site, accountant, today.replace(day=1))
    book(site, "x", "", sale(5))
    assert closable_month(site) is None


def test_only_the_latest_month_is_reopened_and_with_a_reason(site: Site, accountant: User) -> None:
    close_month(site, accountant, MAY)
    close_month(site, accountant, JUNE)
    with pytest.raises(Rejection, match="not the latest"):
        reopen_month(site, accountant, MAY, "a bill is missing")
    with pytest.raises(Rejection, match="reason"):
        reopen_month(site, accountant, JUNE, "  ")
    reopen_month(site, accountant, JUNE, "a bill is missing")
    assert book(site, "x", "", sale(5), at=at("2026-06-10 12:00")).concerns_month is None
    assert list(
        AuditEntry.objects.filter(site=site).order_by("pk").values_list("action", flat=True)
    ) == [*("close month", "close month", "reopen month")]


def test_a_closed_month_is_not_changed(site: Site, accountant: User) -> None:
    close_month(site, accountant, JUNE)
    with pytest.raises(IntegrityError, match="reopen the month"), transaction.atomic():
        ClosedMonth.objects.update(month=MAY)


def in_another_connection(function: Callable[[], object]) -> object:
    """Run the function in a thread of its own; return its result or its exception."""
    found: list[object] = []

    def work() -> None:
        try:
            found.append(function())
        except Exception as error:
            found.append(error)
        finally:
            connection.close()

    thread = Thread(target=work)
    thread.start()
    thread.join()
    return found[0]


@pytest.mark.django_db(transaction=True)
def test_a_month_is_not_closed_under_a_posting_that_is_not_committed(
    site: Site, accountant: User
) -> None:
    with transaction.atomic():
        book(site, "x", "", sale(5), at=at("2026-06-10 12:00"))
        found = in_another_connection(lambda: close_month(site, accountant, JUNE))
    assert isinstance(found, Rejection)
    assert found.code == "busy"
    assert close_month(site, accountant, JUNE).month == JUNE


in_transaction = settings(
    max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
days = st.integers(0, 40).map(lambda number: MAY + timedelta(days=number))
entries = st.lists(st.tuples(days, st.integers(1, 2**62), st.sampled_from(["CNY", "JPY"])))


@in_transaction
@given(entries, days, st.booleans())
def test_daily_totals_are_the_sums_of_the_lines(
    site: Site, posted: list[tuple[date, int, str]], until: date, merged: bool
) -> None:
    with transaction.atomic():
        for number, (day, amount, currency) in enumerate(posted):
            instant = clock.midnight(day, site.timezone)
            book(site, f"entry:{number}", "", sale(amount, currency), at=instant)
        if merged:
            merge_daily_totals()
            assert DailyTotal.objects.count() == 2 * len({(each[0], each[2]) for each in posted})
        found = {(b.account, b.money.currency): b.money.minor for b in balances(site, until)}
        for currency in ("CNY", "JPY"):
            expected = sum(n for day, n, each in posted if day <= until and each == currency)
            assert found.get(("cash", currency), 0) == expected
            assert found.get(("parking", currency), 0) == -expected
        transaction.set_rollback(True)
