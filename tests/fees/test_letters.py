"""A letter that staff print counts as the reminder of the step that has come."""

from datetime import timedelta

import pytest

from billing.models import Bill
from core import clock
from core.models import AuditEntry
from fees.models import Reminder, ReminderMessage
from fees.reminders import send_reminders
from fees.services.letters import record_letters
from fees.services.reminders import add_step
from people.periods import today
from tests.billing import club_fees
from tests.billing.club_fees import bill_of, club_charge
from tests.factories import PersonFactory, SiteFactory
from tests.gate import staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(monkeypatch):
    monkeypatch.setattr("billing.ports._sources", {})
    club_fees.register()
    return SiteFactory(timezone="Asia/Shanghai")


@pytest.fixture
def person(site):
    return PersonFactory(site=site, email="li@example.com")


@pytest.fixture
def awake(monkeypatch):
    """It is noon at the site."""
    noon = clock.now().replace(hour=4, minute=0)
    monkeypatch.setattr(clock, "now", lambda: noon)


@pytest.fixture
def overdue(site, person, awake):
    """Issues a bill that was due so many days ago."""

    def issue(days) -> Bill:
        due = today(site) - timedelta(days=days)
        payer = ("person", str(person.pk))
        return bill_of(site, club_charge(f"fee-{days}", 100), payer=payer, due=due)

    return issue


def add_steps(site, *days):
    for each in days:
        add_step(site, staff(), days=each)


@pytest.mark.parametrize(("overdue_for", "step"), [(0, 0), (6, 0), (7, 7), (13, 7), (20, 14)])
def test_a_letter_counts_as_the_latest_step_that_has_come(site, overdue, overdue_for, step):
    add_steps(site, -3, 0, 7, 14)
    bill = overdue(overdue_for)
    record_letters(site, staff(), [bill])
    assert bill.reminders.get().days == step
    assert send_reminders(site) == 0


def test_the_next_step_reminds_after_a_letter(site, overdue):
    add_steps(site, 0, 7)
    bill = overdue(7)
    Reminder.objects.create(bill=bill, days=0, created_at=clock.now())
    assert send_reminders(site) == 1


@pytest.mark.parametrize("days", [-10, 5])
def test_where_no_step_has_come_a_letter_is_a_reminder_of_its_own(site, overdue, days):
    add_steps(site, 7)
    bill = overdue(days)
    record_letters(site, staff(), [bill])
    assert bill.reminders.get().days == days


def test_a_letter_joins_the_mail_of_its_step_and_is_recorded_once(site, overdue):
    add_steps(site, 0)
    bill = overdue(2)
    send_reminders(site)
    for _ in range(2):
        record_letters(site, staff("li"), [bill])
    messages = ReminderMessage.objects.filter(reminder=bill.reminders.get()).order_by("pk")
    assert list(messages.values_list("channel", "state")) == [
        ("mail", "waiting"),
        ("letter", "sent"),
    ]
    entries = AuditEntry.objects.filter(action="print reminder letter", actor="li")
    assert entries.count() == 2
