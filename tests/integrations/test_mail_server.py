"""The mail server that an administrator enters: stored, tried, and used for every mail."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.mail import EmailMessage

from billing.services.recording import RECEIPT_MAIL
from core import clock, installation, outbox, revisions
from core.errors import Rejection
from core.models import AuditEntry, InstallationSetting, OutboxMessage
from integrations.notify import mail_server
from integrations.notify.sending import send
from tests.factories import StayFactory, UserFactory
from tests.mail_server import ACCEPTED, PASSWORD, REFUSED, USER, SmtpServer
from tests.paying import record_cash_payment
from tests.ports import free_port

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:Requiring AUTH"),  # the server of these tests has no TLS
]


@pytest.fixture(autouse=True)
def _no_environment(settings: Any) -> None:
    settings.EMAIL_BACKEND = mail_server.ENTERED


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        yield server


@pytest.fixture
def strict() -> Iterator[SmtpServer]:
    """A server that needs a login."""
    with SmtpServer(needs_login=True) as server:
        yield server


def enter(**values: Any) -> None:
    mail_server.change_mail_server(UserFactory(is_superuser=True), **values)


def rejected(**values: Any) -> Rejection:
    with pytest.raises(Rejection) as caught:
        enter(**values)
    return caught.value


def mail() -> EmailMessage:
    return EmailMessage("Hello", "Content", to=["driver@example.com"])


def test_without_a_server_mail_is_not_set_up():
    assert not mail_server.is_set_up()
    assert not mail_server.works()


def test_a_test_mail_returns_the_server_s_answer(smtp):
    enter(**smtp.settings)
    assert mail_server.send_test_mail("admin@example.com") == ACCEPTED
    (received,) = smtp.received
    assert received["From"] == "Harbour Park <gate@example.com>"
    assert received["To"] == "admin@example.com"
    assert mail_server.works()


def test_a_refused_test_mail_is_rejected_with_the_answer_and_remembered(smtp):
    enter(**smtp.settings)
    smtp.refuses = True
    with pytest.raises(Rejection) as caught:
        mail_server.send_test_mail("admin@example.com")
    assert REFUSED in caught.value.message
    assert installation.load("mail").problem == REFUSED
    assert not mail_server.works()


def test_a_server_that_does_not_answer_is_rejected_with_the_reason(smtp):
    enter(**{**smtp.settings, "port": free_port()})
    with pytest.raises(Rejection) as caught:
        mail_server.send_test_mail("admin@example.com")
    assert "refused" in caught.value.message


def test_the_login_is_used(strict):
    enter(**{**strict.settings, "user": USER, "password": PASSWORD})
    assert mail_server.send_test_mail("admin@example.com") == ACCEPTED


def test_a_wrong_password_is_rejected_with_the_answer(strict):
    enter(**{**strict.settings, "user": USER, "password": "other"})
    with pytest.raises(Rejection) as caught:
        mail_server.send_test_mail("admin@example.com")
    assert "535" in caught.value.message


def test_a_server_without_tls_is_not_used_with_it(smtp):
    enter(**{**smtp.settings, "security": "starttls"})
    with pytest.raises(Rejection):
        mail_server.send_test_mail("admin@example.com")
    assert smtp.received == []


def test_the_password_is_stored_encrypted_and_never_audited(strict):
    enter(**{**strict.settings, "user": USER, "password": PASSWORD})
    row = InstallationSetting.objects.get(name="mail")
    assert PASSWORD not in row.sealed
    assert PASSWORD not in str(row.values)
    entry = AuditEntry.objects.get(action="change mail settings")
    assert PASSWORD not in str(entry.detail)
    assert entry.detail["secrets"] == ["password"]
    assert entry.detail["host"] == [None, "127.0.0.1"]


def test_an_empty_password_keeps_the_stored_one(strict):
    enter(**{**strict.settings, "user": USER, "password": PASSWORD})
    enter(**{**strict.settings, "user": USER, "sender": "other@example.com"})
    assert mail_server.send_test_mail("admin@example.com") == ACCEPTED


def test_the_stored_password_is_not_sent_to_another_server(strict):
    enter(**{**strict.settings, "user": USER, "password": PASSWORD})
    values = {**strict.settings, "host": "mail.attacker.example", "user": USER}
    assert rejected(**values).code == "needed_again"


def test_without_a_user_the_password_is_forgotten(strict):
    enter(**{**strict.settings, "user": USER, "password": PASSWORD})
    enter(**strict.settings)
    assert installation.load("mail").secrets == {}


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("host", "", "invalid_host"),
        ("host", "smtp://mail", "invalid_host"),
        ("port", 0, "out_of_range"),
        ("port", 65536, "out_of_range"),
        ("sender", "gate", "invalid_email"),
        ("sender", "a@example.com\nBcc: b@example.com", "invalid"),
    ],
)
def test_a_malformed_value_is_rejected_at_its_field(smtp, field, value, code):
    rejection = rejected(**{**smtp.settings, field: value})
    assert (rejection.field, rejection.code) == (field, code)


def test_the_second_of_two_administrators_is_shown_the_change_of_the_first(smtp):
    shown = revisions.revision_of(installation.load("mail").values)
    enter(**smtp.settings, revision=shown)
    rejection = rejected(**{**smtp.settings, "port": 2525}, revision=shown)
    assert rejection.code == "changed_meanwhile"
    enter(**{**smtp.settings, "port": 2525}, revision=rejection.params["revision"])
    assert installation.load("mail").values["port"] == 2525


def test_with_another_master_key_the_password_is_entered_again(strict, settings):
    enter(**{**strict.settings, "user": USER, "password": PASSWORD})
    settings.MASTER_KEY = "cd" * 32
    assert not installation.load("mail").is_readable
    assert rejected(**{**strict.settings, "user": USER}).code == "needed_again"
    enter(**{**strict.settings, "user": USER, "password": PASSWORD})
    assert mail_server.send_test_mail("admin@example.com") == ACCEPTED


def test_the_environment_overrides_the_entered_server(smtp, settings):
    enter(**smtp.settings)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "mail.example.org", 465
    settings.EMAIL_USE_SSL = True
    assert mail_server.server().host == "mail.example.org"
    assert mail_server.server().security == "tls"
    assert rejected(**smtp.settings).code == "set_by_environment"
    with pytest.raises(Rejection, match="environment"):
        mail_server.remove_mail_server(UserFactory())


def test_a_receipt_waits_until_there_is_a_server(smtp, monkeypatch):
    payment = record_cash_payment(
        StayFactory(entered_at=clock.now() - timedelta(minutes=90)), UserFactory()
    )
    payment.email, payment.language = "driver@example.com", "en"
    payment.save()
    outbox.put("receipt.mail", "receipt:1", {"payment": payment.public_id})
    outbox.send_due()
    assert "no mail server is set up" in OutboxMessage.objects.get().last_error
    assert outbox.unsent([RECEIPT_MAIL]).count() == 1
    enter(**smtp.settings)
    later = clock.now() + timedelta(minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    outbox.send_due()
    (received,) = smtp.received
    assert received["Message-ID"] == "<receipt.1@example.com>"
    assert outbox.unsent([RECEIPT_MAIL]).count() == 0


def test_a_mail_that_fails_and_one_that_succeeds_are_remembered(smtp):
    enter(**smtp.settings)
    smtp.refuses = True
    with pytest.raises(OSError, match="relaying denied"):
        send("test:1", mail())
    assert not mail_server.works()
    smtp.refuses = False
    send("test:2", mail())
    assert mail_server.works()


def test_a_removed_server_is_not_used_any_more(smtp):
    enter(**smtp.settings)
    mail_server.remove_mail_server(UserFactory(username="li", is_superuser=True))
    assert not mail_server.is_set_up()
    assert AuditEntry.objects.get(action="remove mail settings").actor == "li"
