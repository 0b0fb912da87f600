"""Reminders by mail and text message: short, true when they are sent, and not in quiet hours."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail

from billing import ports as billing_ports
from billing.bill_links import bill_of_token
from core import clock, outbox
from core.models import OutboxMessage
from fees.models import Reminder, ReminderMessage
from fees.reminders import send_reminders
from fees.services.reminders import add_step, pause_reminders
from people.accounts import ports
from tests.billing import club_fees
from tests.billing.club_fees import bill_of, charges_of, club_charge, pay
from tests.factories import BindingFactory, PersonFactory, SiteFactory, UnitFactory, UserFactory
from tests.gate import staff

pytestmark = pytest.mark.django_db
DUE = datetime(2026, 11, 30, tzinfo=UTC)
NOON, NIGHT = timedelta(hours=4), timedelta(hours=14)  # at the site, eight hours ahead
MORNING = timedelta(days=1)  # 8:00 of the next day at the site


class Phone:
    """Receives text messages."""

    def __init__(self):
        self.texts = []
        self.is_down = False

    def send(self, key, phone, text):
        if self.is_down:
            raise OSError("no credit left")
        self.texts.append((phone, text))


@pytest.fixture(autouse=True)
def phone():
    received = Phone()
    ports.use_sms(received)
    yield received
    ports.use_sms(None)


@pytest.fixture(autouse=True)
def turn_to(monkeypatch):
    """Turns the clock to a time after the midnight, in UTC, of the due date."""

    def turn(after):
        monkeypatch.setattr(clock, "now", lambda: DUE + after)

    turn(NOON)
    return turn


@pytest.fixture
def site(monkeypatch):
    monkeypatch.setattr(billing_ports, "_sources", dict(billing_ports._sources))
    club_fees.register()
    return SiteFactory(timezone="Asia/Shanghai", language="en", name="Harbour Park")


@pytest.fixture
def person(site):
    return PersonFactory(site=site, email="li@example.com", phone="138 0009 9173")


@pytest.fixture
def bill(site, person):
    payer = ("person", str(person.pk))
    return bill_of(site, club_charge("fee", 48732), payer=payer, due=DUE.date())


def queue(site, channels="both", days=0):
    add_step(site, staff(), days=days, channels=channels)
    assert send_reminders(site) == 1


def states():
    return set(ReminderMessage.objects.values_list("channel", "state"))


def test_a_payer_is_reminded_once_by_each_channel_and_that_is_recorded(site, bill, phone):
    queue(site)
    for _ in range(2):
        outbox.send_due()
        assert send_reminders(site) == 0
    assert [message.to for message in mail.outbox] == [["li@example.com"]]
    assert [number for number, _text in phone.texts] == ["138 0009 9173"]
    assert states() == {("mail", "sent"), ("text", "sent")}
    assert set(ReminderMessage.objects.values_list("ended_at", flat=True)) == {DUE + NOON}


def test_a_text_message_is_short_and_leads_to_the_bill(site, bill, phone):
    queue(site, "text")
    outbox.send_due()
    ((_number, text),) = phone.texts
    link = re.search(r"http\S+/b/(\S+)/$", text)
    assert bill_of_token(link.group(1)) == bill
    rest = text.removesuffix(link.group())
    assert rest == "Harbour Park: CN¥487.32 is due on 2026-11-30. Show and pay: "


def test_a_text_message_is_in_the_language_of_the_reader(site, person, bill, phone):
    BindingFactory(person=person, user=UserFactory(language="zh-hans"))
    queue(site, "text")
    outbox.send_due()
    ((_number, text),) = phone.texts
    assert "2026-11-30" in text
    assert "缴" in text


def test_a_mail_carries_the_amount_the_day_and_the_link(site, bill):
    queue(site, "mail")
    outbox.send_due()
    (message,) = mail.outbox
    assert message.subject == "Reminder: CN¥487.32 to Harbour Park is due on 2026-11-30"
    assert bill_of_token(re.search(r"/b/(\S+)/\n", message.body).group(1)) == bill


def test_what_is_delivered_on_the_next_day_says_that_the_bill_was_due(site, bill, phone, turn_to):
    queue(site)
    turn_to(NOON + timedelta(days=1))
    outbox.send_due()
    assert mail.outbox[0].subject == "Overdue: CN¥487.32 to Harbour Park"
    assert "overdue" in mail.outbox[0].body
    assert "was due on 2026-11-30" in phone.texts[0][1]


def test_what_is_late_into_the_night_waits_for_the_morning_and_has_not_failed(
    site, bill, phone, turn_to
):
    queue(site)
    turn_to(NIGHT)
    outbox.send_due()
    assert (mail.outbox, phone.texts) == ([], [])
    waiting = OutboxMessage.objects.values_list("attempts", "last_error", "next_attempt_at")
    assert list(waiting) == [(0, "", DUE + MORNING)] * 2
    turn_to(MORNING)
    outbox.send_due()
    assert (len(mail.outbox), len(phone.texts)) == (1, 1)


def test_a_channel_that_fails_does_not_hold_up_the_other(site, bill, phone, turn_to):
    phone.is_down = True
    queue(site)
    outbox.send_due()
    assert states() == {("mail", "sent"), ("text", "waiting")}
    phone.is_down = False
    turn_to(NOON + timedelta(minutes=5))
    outbox.send_due()
    assert (len(mail.outbox), len(phone.texts)) == (1, 1)


def test_a_bill_that_was_paid_meanwhile_is_not_reminded_of(site, bill, phone):
    queue(site)
    pay(site, 48732, *charges_of(bill), payer=bill.payer)
    outbox.send_due()
    assert (mail.outbox, phone.texts) == ([], [])
    assert states() == {("mail", "paid"), ("text", "paid")}
    assert not OutboxMessage.objects.filter(sent_at=None).exists()


def test_a_unit_that_was_paused_meanwhile_is_not_reminded(site, person):
    unit = UnitFactory(building__site=site)
    draft = club_fees.BillDraft(
        payer=("person", str(person.pk)),
        payer_name="Li Wei",
        due_on=DUE.date(),
        charges=[club_charge("fee", 100)],
        unit=unit.pk,
    )
    club_fees.issue_bills(site, [draft])
    queue(site)
    pause_reminders(unit, staff(), until=DUE.date(), reason="in hospital")
    outbox.send_due()
    assert states() == {("mail", "paused"), ("text", "paused")}


@pytest.mark.parametrize(("days", "state"), [(6, "sent"), (7, "late")])
def test_what_could_not_be_sent_for_a_week_is_left_out(site, bill, turn_to, days, state):
    queue(site, "mail")
    turn_to(NOON + timedelta(days=days))
    outbox.send_due()
    assert states() == {("mail", state)}


def test_of_two_steps_that_wait_the_later_one_alone_is_sent(site, bill, turn_to):
    turn_to(NOON - timedelta(days=3))
    queue(site, "mail", days=-3)
    turn_to(NOON)
    queue(site, "mail")
    outbox.send_due()
    sent = ReminderMessage.objects.order_by("reminder__days").values_list("state", flat=True)
    assert list(sent) == ["late", "sent"]
    assert len(mail.outbox) == 1


def test_a_message_that_was_sent_is_not_sent_again_by_a_repeated_delivery(site, bill, phone):
    queue(site)
    outbox.send_due()
    OutboxMessage.objects.update(sent_at=None, next_attempt_at=clock.now())
    outbox.send_due()
    assert (len(mail.outbox), len(phone.texts)) == (1, 1)


def test_the_texts_of_both_languages_fit_two_short_messages_beside_the_link(site, bill, phone):
    reminder = Reminder.objects.create(bill=bill, days=0, created_at=clock.now())
    values = {"receiver_type": "person", "receiver_id": "1", "created_at": clock.now()}
    for number, language in enumerate(("en", "zh-hans")):
        ReminderMessage.objects.create(
            reminder=reminder,
            channel="text",
            address=str(number),
            language=language,
            **{**values, "receiver_id": str(number)},
        )
    for message in ReminderMessage.objects.all():
        outbox.put("reminder.sms", f"reminder:{message.pk}", {"message": message.pk})
    outbox.send_due()
    assert len(phone.texts) == 2
    for _number, text in phone.texts:
        assert len(text[: text.index("http")]) <= 67
