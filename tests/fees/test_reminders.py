"""Reminders of unpaid bills: each step once, by its channels, never in quiet hours, or paused."""

from datetime import UTC, date, datetime, timedelta

import pytest

from billing.models import Bill, Charge
from core import clock
from core.errors import Rejection
from core.models import OutboxMessage
from fees.jobs import send_due_reminders
from fees.models import ReminderMessage, ReminderStep
from fees.reminders import send_reminders
from fees.services import reminders
from people.accounts import ports
from tests.billing.club_fees import pay
from tests.factories import FeePriceFactory, SiteFactory
from tests.fees.runs_of_site import issue, preview
from tests.fees.units import payer_of, pays, unit_of
from tests.gate import staff

pytestmark = pytest.mark.django_db
DUE = date(2026, 11, 30)


@pytest.fixture(autouse=True)
def calendar(monkeypatch):
    """Lets a test choose the day and the hour, in UTC; the site is eight hours ahead."""

    def turn_to(day: date, hour: int = 4) -> None:
        at = datetime(day.year, day.month, day.day, hour, 0, tzinfo=UTC)
        monkeypatch.setattr(clock, "now", lambda: at)

    turn_to(date(2026, 11, 1))
    return turn_to


@pytest.fixture
def site():
    return SiteFactory(timezone="Asia/Shanghai")


@pytest.fixture
def unit(site):
    """A unit with an unpaid bill; its owner has a mail address."""
    unit = unit_of(site)
    owner = pays(unit)
    owner.person.email = "owner@example.com"
    owner.person.save()
    issue(preview(site, FeePriceFactory(item__site=site).item))
    for days in (-3, 0, 14):
        reminders.add_step(site, staff(), days=days)
    return unit


@pytest.fixture
def texts():
    """Text messages are set up; none is sent here."""
    ports.use_sms(object())
    yield
    ports.use_sms(None)


def reminded():
    rows = ReminderMessage.objects.order_by("pk")
    return list(rows.values_list("reminder__days", "channel"))


def remind_by(site, channels):
    """The channels and addresses of the reminder of a step."""
    site.reminder_steps.filter(days=0).update(channels=channels)
    send_reminders(site)
    rows = ReminderMessage.objects.filter(reminder__days=0).order_by("channel", "pk")
    return list(rows.values_list("channel", "address"))


def test_a_bill_is_reminded_of_once_at_each_step(site, unit, calendar):
    for day in (26, 27, 28, 30):
        calendar(date(2026, 11, day))
        send_reminders(site)
        send_reminders(site)
    calendar(DUE + timedelta(days=14))
    assert send_due_reminders() == 1
    assert reminded() == [(-3, "mail"), (0, "mail"), (14, "mail")]
    queued = OutboxMessage.objects.filter(topic="reminder.mail").order_by("pk")
    keys = [f"reminder:{pk}" for pk in ReminderMessage.objects.values_list("pk", flat=True)]
    assert sorted(queued.values_list("key", flat=True)) == sorted(keys)


def test_nothing_is_sent_in_quiet_hours_and_the_reminder_follows_them(site, unit, calendar):
    calendar(DUE, hour=14)  # 22:00 at the site
    assert send_reminders(site) == 0
    calendar(DUE + timedelta(days=1), hour=1)
    assert send_reminders(site) == 1


@pytest.mark.parametrize(
    ("channels", "email", "phone", "sent"),
    [
        ("mail", "li@example.com", "138", ["mail"]),
        ("mail", "", "138", []),
        ("text", "li@example.com", "138", ["text"]),
        ("text", "li@example.com", "", []),
        ("both", "li@example.com", "138", ["mail", "text"]),
        ("both", "", "138", ["text"]),
        ("first", "li@example.com", "138", ["mail"]),
        ("first", "", "138", ["text"]),
        ("first", "", "", []),
    ],
)
def test_a_step_reminds_by_its_channels_as_far_as_there_are_addresses(
    site, unit, calendar, texts, channels, email, phone, sent
):
    person = unit.occupancies.get().person
    person.email, person.phone = email, phone
    person.save()
    calendar(DUE)
    address = {"mail": email, "text": phone}
    assert remind_by(site, channels) == [(each, address[each]) for each in sent]


def test_without_an_adapter_no_text_message_is_queued(site, unit, calendar):
    person = unit.occupancies.get().person
    person.phone = "138"
    person.save()
    calendar(DUE)
    assert remind_by(site, "both") == [("mail", "owner@example.com")]


def test_text_messages_are_chosen_for_a_step_only_where_they_are_set_up(site, unit):
    step = ReminderStep.objects.get(days=0)
    for choose in (
        lambda: reminders.change_step(step, staff(), channels="first"),
        lambda: reminders.add_step(site, staff(), days=5, channels="text"),
    ):
        with pytest.raises(Rejection) as rejected:
            choose()
        assert (rejected.value.field, rejected.value.code) == ("channels", "not_set_up")
    assert not ReminderStep.objects.filter(days=5).exists()


def test_the_channels_of_a_step_are_changed(site, unit, texts):
    step = ReminderStep.objects.get(days=0)
    reminders.change_step(step, staff(), channels="both")
    step.refresh_from_db()
    assert step.channels == "both"


def test_a_bill_that_is_paid_is_not_reminded_of(site, unit, calendar):
    charge = Charge.objects.get()
    pay(site, charge.amount, charge, payer=(charge.payer_type, charge.payer_id))
    calendar(DUE)
    assert send_reminders(site) == 0


def test_a_unit_that_is_paused_is_not_reminded_until_the_end(site, unit, calendar):
    calendar(DUE)
    until = DUE + timedelta(days=1)
    pause = reminders.pause_reminders(unit, staff(), until=until, reason="in hospital")
    assert send_reminders(site) == 0
    calendar(until + timedelta(days=1))
    assert send_reminders(site) == 1
    reminders.resume_reminders(pause, staff())


def test_a_payer_without_an_address_is_recorded_as_not_reached(site, unit, calendar):
    other = unit_of(site)
    owner = pays(other)
    item = FeePriceFactory(item__site=site).item
    issue(preview(site, item))
    calendar(DUE)
    send_reminders(site)
    bill = Bill.objects.get(unit=other, payer_id=payer_of(owner)[1])
    assert not bill.reminders.get().messages.exists()


def test_a_step_that_is_new_does_not_remind_of_old_debts(site, unit, calendar):
    calendar(DUE + timedelta(days=60))
    reminders.add_step(site, staff(), days=30)
    assert send_reminders(site) == 0


@pytest.mark.parametrize("days", [0, 366, -61])
def test_a_step_is_near_the_due_date_and_unique(site, unit, days):
    with pytest.raises(Rejection):
        reminders.add_step(site, staff(), days=days)


def test_a_step_that_is_removed_reminds_no_more(site, unit, calendar):
    for step in site.reminder_steps.all():
        reminders.remove_step(step, staff())
    calendar(DUE)
    assert send_reminders(site) == 0


def test_a_pause_has_a_reason_and_ends_later(site, unit):
    for values in ({"until": date(2026, 10, 1), "reason": "x"}, {"until": DUE, "reason": ""}):
        with pytest.raises(Rejection):
            reminders.pause_reminders(unit, staff(), **values)
