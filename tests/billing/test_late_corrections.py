"""Corrections after a month was closed: posted in the open one, naming the month they concern."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from billing.models import BankAccount, BankLine, LedgerEntry
from billing.services import (
    Received,
    book_charges,
    hand_over_drawer,
    match_with_payer,
    open_drawer,
    require_deposit,
    settle_deposit,
    take_payment,
    undo_match,
    void_payment,
    write_off_bill,
)
from billing.services.periods import close_month
from billing.settings import settings_of
from core import clock
from core.models import Site, User
from parking import charges
from tests.billing.bank.lines import a_line
from tests.billing.books import standing
from tests.billing.club_fees import PAYER, bill_of, club_charge, register
from tests.factories import SiteFactory, StayFactory, UserFactory

pytestmark = pytest.mark.django_db
JUNE = date(2026, 6, 1)
NIGHT_BEFORE, NIGHT_AFTER = (
    datetime(2026, 6, 30, 15, 50, tzinfo=UTC),
    datetime(2026, 6, 30, 17, tzinfo=UTC),
)


@pytest.fixture(autouse=True)
def turn_to(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Lets a test choose the time; it begins ten minutes before the end of June at the site."""

    def turn(at: datetime) -> None:
        monkeypatch.setattr(clock, "now", lambda: at)

    turn(NIGHT_BEFORE)
    return turn


@pytest.fixture
def site() -> Site:
    register()
    site = SiteFactory(timezone="Asia/Shanghai")
    settings = settings_of(site)
    settings.waiver_limit = 10**6
    settings.save()
    return site


@pytest.fixture
def actor() -> User:
    return UserFactory()


@pytest.fixture
def close(site: Site, actor: User, turn_to: Callable[[datetime], None]) -> Callable[[], None]:
    """Closes June on the 1st of July."""

    def closed() -> None:
        turn_to(NIGHT_AFTER)
        close_month(site, actor, JUNE)

    return closed


def latest() -> tuple[date, date | None]:
    entry = LedgerEntry.objects.latest("pk")
    return entry.posted_on, entry.concerns_month


def test_cash_of_a_night_shift_is_voided_after_the_month(
    site: Site, actor: User, close: Callable[[], None]
) -> None:
    open_drawer(site, actor, float_amount=1)
    payment = take_payment(site, actor, PAYER, Received("cash", 500))
    close()
    void_payment(payment, actor, reason="mistyped")
    assert latest() == (date(2026, 7, 1), JUNE)


def test_cash_that_is_voided_in_its_month_names_none(site: Site, actor: User) -> None:
    open_drawer(site, actor, float_amount=1)
    void_payment(take_payment(site, actor, PAYER, Received("cash", 500)), actor, reason="mistyped")
    assert latest() == (date(2026, 6, 30), None)


@pytest.fixture
def account(site: Site) -> BankAccount:
    return BankAccount.objects.create(site=site, name="Main")


def test_a_transfer_that_was_matched_wrongly(
    account: BankAccount, actor: User, close: Callable[[], None]
) -> None:
    line = a_line(account, actor, "5.00")
    match_with_payer(line, actor, PAYER)
    close()
    undo_match(line, actor)
    assert latest() == (date(2026, 7, 1), JUNE)
    assert standing(account.site) == {"bank": 500, "suspense": -500}


def test_charges_of_the_bank_that_were_none(
    account: BankAccount, actor: User, close: Callable[[], None]
) -> None:
    line = a_line(account, actor, "-2.00")
    book_charges(line, actor)
    close()
    undo_match(BankLine.objects.get(pk=line.pk), actor)
    assert latest() == (date(2026, 7, 1), JUNE)


def test_a_stay_that_goes_on_after_all(close: Callable[[], None], site: Site) -> None:
    stay = StayFactory(
        lot__site=site, status="closed", left_at=NIGHT_BEFORE, entered_at=NIGHT_BEFORE, price=1000
    )
    charges.post_charge(stay)
    close()
    stay.status = "open"
    charges.reopen(stay)
    assert latest() == (date(2026, 7, 1), JUNE)
    assert standing(site) == {}


def test_what_is_written_off(site: Site, actor: User, close: Callable[[], None]) -> None:
    bill = bill_of(site, club_charge("a", 1000))
    close()
    write_off_bill(bill, actor, reason="gone")
    assert latest() == (date(2026, 7, 1), JUNE)


def test_a_deposit_that_is_given_back_corrects_nothing(
    site: Site, actor: User, close: Callable[[], None]
) -> None:
    deposit = require_deposit(site, PAYER, 1000, purpose="keys", actor=actor)
    close()
    settle_deposit(deposit, actor)
    assert latest()[0] == date(2026, 7, 1)


def test_a_drawer_that_is_handed_over_in_the_next_month_is_posted_there(
    site: Site, actor: User, close: Callable[[], None]
) -> None:
    drawer = open_drawer(site, actor, float_amount=100)
    close()
    hand_over_drawer(drawer, actor, counted=100)
    assert latest() == (date(2026, 7, 1), None)
