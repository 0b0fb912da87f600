"""`manage.py doctor` reports unsealed audit entries and unprotected books."""

import threading
from datetime import timedelta

import pytest
from django.db import transaction

from config import checks
from core import audit, clock
from core.audit import anchors, sealing
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
            assert finish.wait(20)

    def look() -> str:
        assert recorded.wait(20)
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


@pytest.mark.parametrize(
    ("https", "trusted", "ok"), [(False, [], True), (True, [], False), (True, ["10.0.0.1"], True)]
)
def test_a_proxy_that_is_not_trusted_is_wrong(settings, https, trusted, ok) -> None:
    settings.HTTPS, settings.TRUSTED_PROXIES = https, trusted
    assert checks.proxy().ok == ok
