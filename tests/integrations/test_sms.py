"""Text messages: the adapter is chosen by a setting, and what fails is on the health page."""

import re

import pytest

from config import service_checks
from core import outbox
from core.errors import Rejection
from core.permissions import StandardRole
from integrations.notify import sms
from people.accounts import invitations, ports
from people.models import Binding
from tests.browsers import hire
from tests.factories import OccupancyFactory, ResidentUserFactory

pytestmark = pytest.mark.django_db
PHONE = "138 0009 9173"


@pytest.fixture
def console(settings):
    """The adapter that writes messages to the log."""
    settings.SMS = "console"
    ports.use_sms(sms.sender(settings.SMS))
    yield
    ports.use_sms(None)


@pytest.fixture
def person():
    return OccupancyFactory(person__name="Li Wei", person__phone=PHONE).person


def invite(person):
    manager = hire(person.site, StandardRole.MANAGER)
    return invitations.invite_by_sms(person, manager, language="en")


def test_a_resident_is_invited_by_a_text_message(person, console, capsys):
    invitation = invite(person)
    outbox.send_due()
    sent = capsys.readouterr().out
    assert PHONE in sent
    token = re.search(r"/invitation/(\S+)/", sent)[1]
    binding = invitations.accept(token, ResidentUserFactory())
    assert (binding.person, binding.state) == (person, Binding.State.APPROVED)
    invitation.refresh_from_db()
    assert invitation.sent_at is not None
    assert service_checks.text_messages().ok


def test_what_the_provider_does_not_accept_waits_and_is_on_the_health_page(person, console):
    class Refusing:
        def send(self, key: str, phone: str, text: str) -> None:
            raise OSError("no credit left")

    ports.use_sms(sms.RecordedSms(Refusing()))
    invite(person)
    outbox.send_due()
    found = service_checks.text_messages()
    assert not found.ok
    assert "no credit left" in found.text
    assert sms.waiting() == 1


def test_without_an_adapter_or_a_telephone_nothing_is_sent(person):
    with pytest.raises(Rejection) as rejected:
        invite(person)
    assert rejected.value.code == "not_set_up"
    assert service_checks.text_messages().ok


def test_a_person_without_a_telephone_is_invited_another_way(person, console):
    person.phone = ""
    with pytest.raises(Rejection) as rejected:
        invite(person)
    assert rejected.value.code == "no_phone"


def test_the_setting_names_an_adapter():
    assert sms.sender("") is None
    with pytest.raises(ValueError, match="console"):
        sms.sender("pigeon")
