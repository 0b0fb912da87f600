"""`manage.py doctor` reports unsealed audit entries, unprotected books and wrong daily totals."""

import threading
from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import transaction

from billing.balances import balances
from billing.ledger import Line, book
from billing.models import DailyTotal
from config import checks
from core import audit, clock
from core.audit import anchors, sealing
from core.money import Money
from tests.at_once import at_once
from tests.factories import SiteFactory

pytestmark = pytest.mark.django_db(transaction=True)


def record_earlier(monkeypatch: pytest.MonkeyPatch, seconds: int) -> None:
    now = clock.now()
    with monkeypatch.context() as patched:
        patched.setattr(clock, "now", lambda: now - timedelta(seconds=seconds))
        audit.record(None, "clock", "start", ("job", 1))


def test_an_entry_of_this_minute_may_wait_for_its_seal(monkeypatch: pytest.MonkeyPatch) -> None:
    record_earlier(monkeypatch, 59)
    assert checks.audit_log().ok


def test_an_entry_that_stays_unsealed_for_60_s_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    record_earlier(monkeypatch, 61)
    found = checks.audit_log()
    assert str(found).startswith("WRONG  audit        1 entries unsealed for over 60 s.")
    assert "audit process" in found.hint
    sealing.Sealer().seal()
    assert checks.audit_log().ok


def test_the_transaction_that_holds_sealing_up_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    recorded, finish = threading.Event(), threading.Event()
    monkeypatch.setattr(sealing, "LONGEST_UNSEALED", timedelta(0))

    def long_transaction() -> None:
        with transaction.atomic():
            SiteFactory()
            recorded.set()
            assert finish.wait(60)

    def look() -> str:
        assert recorded.wait(60)
        try:
            audit.record(None, "clock", "start", ("job", 1))
            assert sealing.Sealer().seal() == 0
            return checks.audit_log().hint
        finally:
            finish.set()

    assert "a transaction is open for" in at_once(long_transaction, look)[1]


def test_a_chain_that_lost_its_anchored_head_is_wrong() -> None:
    audit.record(None, "clock", "start", ("job", 1))
    anchor = anchors.Anchor(clock.now(), None, 7, "0" * 64)
    anchors.append(checks.settings.AUDIT_ANCHORS, [anchor])
    assert "installation: all 7 seals are missing" in checks.audit_log().text


def test_a_superuser_as_the_application_is_wrong() -> None:
    assert "the application's role is a superuser" in checks.books().text


def test_daily_totals_that_differ_from_their_lines_are_wrong_until_they_are_corrected() -> None:
    site, day = SiteFactory(), date(2026, 6, 3)
    lines = [Line("cash", Money(500, "CNY")), Line("parking", Money(-500, "CNY"))]
    book(site, "sale", "", lines, at=clock.midnight(day, site.timezone))
    assert checks.ledger_totals(date.min).ok
    DailyTotal.objects.filter(account__code="cash").update(amount=300)
    DailyTotal.objects.filter(account__code="parking").delete()
    found = checks.ledger_totals(date.min)
    assert found.text.startswith("2 daily totals are not the sum of their lines")
    assert "2026-06-03" in found.text
    assert checks.ledger_totals(day + timedelta(days=1)).ok
    command = found.hint.removeprefix("manage.py ")
    printed = StringIO()
    call_command(command, stdout=printed)
    assert f"{site.slug} cash CNY 2026-06-03: total 300, lines 500" in printed.getvalue()
    assert checks.ledger_totals(date.min).ok
    assert balances(site)[0].money == Money(500, "CNY")


@pytest.mark.parametrize(
    ("https", "trusted", "ok"), [(False, [], True), (True, [], False), (True, ["10.0.0.1"], True)]
)
def test_a_proxy_that_is_not_trusted_is_wrong(settings, https, trusted, ok) -> None:
    settings.HTTPS, settings.TRUSTED_PROXIES = https, trusted
    assert checks.proxy().ok == ok
