"""The pages of the installation's settings: mail and online payment, for administrators."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from billing import ports
from core import installation
from core.permissions import StandardRole
from integrations.notify import mail_server
from tests.browsers import hire, signed_in, text
from tests.factories import SiteFactory, UserFactory
from tests.fake_stripe import FakeStripe
from tests.mail_server import ACCEPTED, REFUSED, SmtpServer

pytestmark = pytest.mark.django_db


@pytest.fixture
def site():
    return SiteFactory(slug="harbour")


@pytest.fixture
def administrator(site) -> Client:
    return signed_in(UserFactory(is_superuser=True, email="admin@example.com"))


@pytest.fixture
def smtp(settings: Any) -> Iterator[SmtpServer]:
    settings.EMAIL_BACKEND = mail_server.ENTERED
    with SmtpServer() as server:
        yield server


@pytest.fixture
def stripe(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeStripe]:
    monkeypatch.setattr(ports, "PROVIDERS", {})
    settings.STRIPE_API_KEY = settings.STRIPE_WEBHOOK_SECRET = ""
    with FakeStripe() as stripe:
        settings.STRIPE_API_BASE = stripe.url
        yield stripe


def address(page: str) -> str:
    return f"/s/harbour/installation/{page}/"


def notice(answer) -> str:
    return answer["HX-Trigger"]


def test_the_settings_are_in_the_navigation_of_administrators_only(administrator, site):
    manager = signed_in(hire(site, StandardRole.MANAGER))
    assert address("mail") in text(administrator.get("/s/harbour/setup/"))
    assert address("mail") not in text(manager.get("/s/harbour/setup/"))


def test_a_mail_server_is_entered_and_tried(administrator, smtp):
    assert "No mail server is set up." in text(administrator.get(address("mail")))
    values = {**smtp.settings, "password": "a secret"}
    assert administrator.post(address("mail/change"), values).status_code == 204
    page = text(administrator.get(address("mail")))
    assert "not tried yet" in page
    assert "a secret" not in page
    assert 'value="admin@example.com"' in text(administrator.get(address("mail/test")))
    answer = administrator.post(address("mail/test"), {"to": "admin@example.com"})
    assert ACCEPTED in notice(answer)
    assert smtp.received[0]["To"] == "admin@example.com"
    assert ">works<" in text(administrator.get(address("mail")))


def test_the_answer_of_a_server_that_refuses_is_shown_in_the_dialog_and_on_the_page(
    administrator, smtp
):
    administrator.post(address("mail/change"), smtp.settings)
    smtp.refuses = True
    answer = administrator.post(address("mail/test"), {"to": "admin@example.com"})
    assert answer.status_code == 422
    assert REFUSED in text(answer)
    page = text(administrator.get(address("mail")))
    assert "does not work" in page
    assert REFUSED in page


def test_the_stored_password_is_in_no_form(administrator, smtp):
    values = {**smtp.settings, "user": "gate", "password": "a secret"}
    administrator.post(address("mail/change"), values)
    form = text(administrator.get(address("mail/change")))
    assert "a secret" not in form
    assert "Leave it empty to keep the stored one." in form


def test_changes_are_shown_with_their_author(administrator, smtp):
    administrator.post(address("mail/change"), smtp.settings)
    administrator.post(address("mail/change"), {**smtp.settings, "sender": "new@example.com"})
    page = text(administrator.get(address("mail")))
    assert "→ new@example.com" in page
    assert "Server: – → 127.0.0.1" in page


def test_two_administrators_at_once_do_not_overwrite_each_other(administrator, smtp):
    shown = administrator.get(address("mail/change")).context["form"].initial["revision"]
    administrator.post(address("mail/change"), smtp.settings)
    values = {**smtp.settings, "port": 2525, "revision": shown}
    answer = administrator.post(address("mail/change"), values)
    assert answer.status_code == 422
    assert "It was changed meanwhile by" in text(answer)


def test_a_mail_server_of_the_environment_is_shown_and_can_t_be_changed(administrator, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "mail.example.org"
    page = text(administrator.get(address("mail")))
    assert "mail.example.org" in page
    assert "Set by the environment" in page
    assert address("mail/change") not in page
    assert administrator.post(address("mail/remove")).status_code == 422


def test_an_account_is_entered_and_recognised_as_a_test_account(administrator, stripe):
    assert "No account is set up." in text(administrator.get(address("payments")))
    keys = {"api_key": "sk_test_abc", "webhook_secret": "whsec_abc"}
    assert administrator.post(address("payments/change"), keys).status_code == 204
    page = text(administrator.get(address("payments")))
    assert "test mode: no money moves" in page
    assert "Harbour Park Parking" in page
    assert "sk_test_abc" not in page
    assert "/hooks/stripe/" in page
    assert "Harbour Park Parking" in notice(administrator.post(address("payments/try")))


def test_a_key_that_stripe_refuses_is_explained_at_its_field(administrator, stripe):
    stripe.unknown_keys.add("sk_live_abc")
    answer = administrator.post(address("payments/change"), {"api_key": "sk_live_abc"})
    assert answer.status_code == 422
    assert "Stripe refused the key: Invalid API Key provided" in text(answer)
    assert "sk_live_abc" not in text(answer)


def test_an_account_is_removed(administrator, stripe):
    administrator.post(address("payments/change"), {"api_key": "sk_test_abc"})
    assert administrator.post(address("payments/remove")).status_code == 204
    assert installation.load("stripe").secrets == {}
