"""The state of the installation in the console: the same checks as `manage.py doctor`."""

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command

from config.jobs import report_health
from console.health.labels import PARTS
from core import clock, health, installation, outbox
from core.health import CheckResult
from core.models import HealthReport
from core.permissions import StandardRole
from integrations.notify import mail_server
from tests.browsers import hire, signed_in, text
from tests.factories import SiteFactory

pytestmark = pytest.mark.django_db
PAGE = "/s/harbour/health/"
FULL = CheckResult("disk", "0 GB free at /var.", "free some space.")
FINE = CheckResult("database", "PostgreSQL 17")


@pytest.fixture
def site():
    return SiteFactory(slug="harbour")


@pytest.fixture
def manager(site):
    cache.clear()
    return signed_in(hire(site, StandardRole.MANAGER))


@pytest.fixture
def found() -> Iterator[list[CheckResult]]:
    """The results that the checks return."""
    results: list[CheckResult] = []
    before = list(health._checks)
    health.use_checks(lambda: results)
    yield results
    health._checks[:] = before


def test_problems_come_first_with_what_to_do(manager, found):
    found += [FINE, FULL]
    page = text(manager.get(PAGE))
    assert page.index("0 GB free at /var.") < page.index("PostgreSQL 17")
    assert "free some space." in page
    assert "Disk" in page


def test_without_problems_everything_is_in_order(manager, found):
    found.append(FINE)
    assert "Everything is in order." in text(manager.get(PAGE))


def test_each_check_has_a_name_that_people_know():
    parts = {result.part for result in health.run_checks()}
    assert parts <= set(PARTS)


def test_the_page_shows_each_check_of_doctor(manager):
    page = text(manager.get(PAGE))
    lines = StringIO()
    with pytest.raises(CommandError):
        call_command("doctor", stdout=lines)
    parts = {line.split()[1] for line in lines.getvalue().splitlines()}
    assert {"gatehouse", "disk", "queue", "mail", "payments", "audit", "broker"} <= parts
    assert "Background jobs" in page
    assert "MQTT_URL is not set." in page


def test_the_page_is_in_chinese(manager):
    page = text(manager.get(PAGE, headers={"Accept-Language": "zh-hans"}))
    assert "MQTT_URL 未设置" in page


def test_the_badge_counts_the_problems_of_the_last_report(manager, found):
    found += [FINE, FULL]
    report_health()
    page = text(manager.get("/s/harbour/"))
    assert '<span class="badge-count" data-badge="health"><b>1</b>' in page
    assert "1 problem" in page
    found.clear()
    report_health()
    page = text(manager.get("/s/harbour/"))
    assert '<span class="badge-count" data-badge="health" hidden><b>0</b>' in page
    assert "1 problem" not in page


def test_a_report_that_is_old_is_a_problem_itself(found, monkeypatch):
    report_health()
    assert health.failed_parts() == []
    later = clock.now() + health.STALE_AFTER + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert health.failed_parts() == [health.REPORT]


def test_there_is_one_report(found):
    report_health()
    report_health()
    assert HealthReport.objects.count() == 1


def test_a_guard_sees_neither_page_nor_badge(site, found):
    guard = signed_in(hire(site, StandardRole.GUARD))
    assert guard.get(PAGE).status_code == 403
    assert 'data-badge="health"' not in text(guard.get("/s/harbour/lanes/"))


def of(part: str) -> CheckResult:
    return next(result for result in health.run_checks() if result.part == part)


def test_mails_that_wait_for_a_server_are_a_problem(settings):
    settings.EMAIL_BACKEND = mail_server.ENTERED
    assert of("mail").ok
    outbox.put("receipt.mail", "receipt:1", {"payment": "x"})
    assert "1 mails wait" in of("mail").text
    assert not of("mail").ok


def test_a_mail_that_the_server_refused_is_a_problem():
    assert of("mail").ok
    installation.record_check("mail", "535 wrong login")
    assert "535 wrong login" in of("mail").text
    assert not of("mail").ok


def test_an_account_that_stripe_refuses_is_a_problem(settings):
    settings.STRIPE_API_KEY, settings.STRIPE_WEBHOOK_SECRET = "sk_live_x", "whsec_x"
    assert of("payments").text == "works."
    settings.STRIPE_API_KEY = "sk_test_x"
    assert "test mode" in of("payments").text
    installation.record_check("stripe", "Stripe refused the key")
    assert not of("payments").ok


def test_an_account_without_a_webhook_secret_is_a_problem(settings):
    settings.STRIPE_API_KEY, settings.STRIPE_WEBHOOK_SECRET = "sk_live_x", ""
    assert "signing secret is missing" in of("payments").text
    assert not of("payments").ok


def test_a_message_that_was_not_sent_for_an_hour_is_a_problem(monkeypatch):
    outbox.put("checkout.end", "end:1", {"payment": "x"})
    assert of("outbox").ok
    later = clock.now() + timedelta(hours=2)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert "1 messages wait, the first for 120 minutes." in of("outbox").text
    assert not of("outbox").ok


@pytest.mark.parametrize(
    ("address", "ok"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://localhost:8000", True),
        ("https://gates.example.org", True),
        ("http://gates.example.org", False),
    ],
)
def test_plain_http_is_a_problem_beyond_this_machine(settings, address, ok):
    settings.PUBLIC_URL, settings.HTTPS = address, address.startswith("https")
    assert of("https").ok == ok
