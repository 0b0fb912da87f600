"""The pages of late fees and reminders: steps, pauses, letters, waivers with a second person."""

from datetime import timedelta

import pytest

from billing.models import BillingSettings
from billing.outstanding import bills
from billing.permissions import BillingPermission
from billing.services import credit_bill
from core import clock
from core.permissions import StandardRole
from fees.models import (
    LateFeeWaiver,
    Reminder,
    ReminderMessage,
    ReminderPause,
    ReminderStep,
)
from fees.permissions import FeePermission
from people.accounts import ports
from people.models import RolePermission
from people.periods import today
from tests.browsers import hire, pdf_text, signed_in, text
from tests.factories import PersonFactory, UnitFactory
from tests.gate import staff

pytestmark = pytest.mark.django_db


def remind(bill, **message):
    reminder = Reminder.objects.create(bill=bill, days=14, created_at=clock.now())
    if message:
        kind, key = bill.payer
        values = {"receiver_type": kind, "receiver_id": key, "created_at": clock.now()}
        ReminderMessage.objects.create(reminder=reminder, **values, **message)
    return reminder


def test_a_step_is_added_once_and_removed(here, finance):
    values = {"days": "14", "channels": "mail"}
    assert finance.post(here.url("add_reminder"), values).status_code == 204
    again = finance.post(here.url("add_reminder"), values)
    assert again.status_code == 422
    assert "There is such a reminder" in text(again)
    for step in ReminderStep.objects.filter(site=here.site):
        assert here.url("remove_reminder", step.pk) in text(finance.get(here.url("reminders")))
        assert finance.post(here.url("remove_reminder", step.pk)).status_code == 204
    assert "Nobody is reminded" in text(finance.get(here.url("reminders")))


@pytest.mark.parametrize("days", ["-61", "366", "soon"])
def test_a_step_far_from_the_due_date_is_rejected_at_its_field(here, finance, days):
    before = ReminderStep.objects.count()
    assert (
        finance.post(here.url("add_reminder"), {"days": days, "channels": "mail"}).status_code
        == 422
    )
    assert ReminderStep.objects.count() == before


def test_a_unit_is_paused_by_its_number_and_resumed(here, finance):
    unit = UnitFactory(building__site=here.site)
    until = today(here.site) + timedelta(days=30)
    values = {"unit": str(unit), "until": f"{until:%Y-%m-%d}", "reason": "in hospital"}
    assert finance.post(here.url("pause_reminders"), values).status_code == 204
    pause = ReminderPause.objects.get(unit=unit)
    shown = text(finance.get(here.url("reminders")))
    for part in (str(unit), f"{until:%Y-%m-%d}", "in hospital"):
        assert part in shown
    assert finance.post(here.url("resume_reminders", pause.pk)).status_code == 204
    assert not ReminderPause.objects.filter(unit=unit).exists()


@pytest.mark.parametrize(
    "wrong", [{"unit": "no-such"}, {"until": "2020-01-01"}, {"reason": ""}], ids=str
)
def test_a_pause_needs_a_unit_a_later_day_and_a_reason(here, finance, wrong):
    unit = UnitFactory(building__site=here.site)
    values = {"unit": str(unit), "until": "2199-01-01", "reason": "x"}
    assert finance.post(here.url("pause_reminders"), {**values, **wrong}).status_code == 422
    assert not ReminderPause.objects.filter(unit=unit).exists()


@pytest.fixture
def texts():
    """Text messages are set up; none is sent here."""
    ports.use_sms(object())
    yield
    ports.use_sms(None)


def test_a_step_by_text_message_is_chosen_where_they_are_set_up(here, finance, texts):
    step = here.reminder_step
    assert "by mail, else by text message" in text(finance.get(here.url("add_reminder")))
    address = here.url("change_reminder", step.pk)
    assert finance.post(address, {"channels": "both"}).status_code == 204
    assert "by mail and text message" in text(finance.get(here.url("reminders")))


def test_without_text_messages_a_step_is_by_mail(here, finance):
    shown = text(finance.get(here.url("add_reminder")))
    assert "Text messages are not set up" in shown
    assert "by text message" not in shown
    answer = finance.post(here.url("add_reminder"), {"days": "20", "channels": "text"})
    assert answer.status_code == 422


def test_sent_reminders_lead_to_the_bill_and_its_letters_while_it_is_owed(here, finance):
    bill = here.own_bill
    remind(bill)
    shown = text(finance.get(here.url("reminders")))
    assert "no address" in shown
    assert f'href="{here.url("bill", bill.pk)}"' in shown
    for page in (here.url("print_letter", bill.pk), here.url("print_letters", bill.unit_id)):
        assert f'action="{page}"' in shown


def test_who_was_reminded_by_what_is_on_the_list_the_bill_and_the_account(here, finance):
    bill = here.bill
    remind(bill, channel="text", address="138 0009 9173")
    for page in (
        here.url("reminders"),
        here.url("bill", bill.pk),
        here.url("payer_account", here.billed_payer.key),
    ):
        shown = text(finance.get(page))
        for part in (here.resident.name, "138 0009 9173", "text message", "waiting"):
            assert part in shown


def test_the_list_costs_no_more_queries_for_more_reminders(
    here, finance, django_assert_num_queries, django_assert_max_num_queries
):
    remind(here.bill, channel="mail", address="li@example.com")
    finance.get(here.url("reminders"))
    with django_assert_max_num_queries(40) as few:
        finance.get(here.url("reminders"))
    for days in range(5):
        reminder = Reminder.objects.create(bill=here.bill, days=days, created_at=clock.now())
        values = {"receiver_type": "person", "receiver_id": str(PersonFactory(site=here.site).pk)}
        values |= {"channel": "mail", "address": "li@example.com", "created_at": clock.now()}
        ReminderMessage.objects.create(reminder=reminder, **values)
    with django_assert_num_queries(len(few)):
        finance.get(here.url("reminders"))


def test_a_letter_that_is_printed_counts_as_a_reminder_and_is_downloaded(here, finance):
    bill = here.own_bill
    answer = finance.post(here.url("print_letter", bill.pk))
    assert (answer.status_code, answer["Location"]) == (303, here.url("reminder_letter", bill.pk))
    message = ReminderMessage.objects.get(reminder__bill=bill)
    assert (message.channel, message.state, message.receiver) == ("letter", "sent", bill.payer)
    assert "letter" in text(finance.get(here.url("reminders")))


def test_the_letters_of_a_unit_count_for_each_of_its_unpaid_bills(here, finance):
    bill = here.own_bill
    answer = finance.post(here.url("print_letters", bill.unit_id))
    assert answer["Location"] == here.url("reminder_letters", bill.unit_id)
    owed = bills(here.site).filter(unit=bill.unit_id, owed__gt=0)
    reminded = Reminder.objects.filter(messages__channel="letter").values_list("bill", flat=True)
    assert set(reminded) == set(owed.values_list("pk", flat=True))


def test_who_may_not_manage_fees_downloads_a_letter_that_does_not_count(here, finance):
    bill = here.own_bill
    RolePermission.objects.filter(permission__code=FeePermission.MANAGE_FEES).delete()
    shown = text(finance.get(here.url("bill", bill.pk)))
    assert f'href="{here.url("reminder_letter", bill.pk)}"' in shown
    assert finance.post(here.url("print_letter", bill.pk)).status_code == 403


def test_who_may_not_read_a_letter_does_not_record_one(here, finance):
    RolePermission.objects.filter(permission__code=BillingPermission.VIEW_MONEY).delete()
    assert finance.post(here.url("print_letter", here.bill.pk)).status_code == 403
    assert not Reminder.objects.exists()


def test_the_letter_of_a_bill_names_payer_amount_and_reference(here, finance):
    bill = here.bill
    assert here.url("print_letter", bill.pk) in text(finance.get(here.url("bill", bill.pk)))
    letter = pdf_text(finance, here.url("reminder_letter", bill.pk))
    for part in (bill.payer_name, bill.number, "CN¥106.00", bill.payment_reference[:4]):
        assert part in letter


def test_the_letters_of_a_unit_have_all_its_unpaid_bills(here, finance):
    bill = here.own_bill
    letters = pdf_text(finance, here.url("reminder_letters", bill.unit_id))
    assert bill.number in letters
    assert "Payment reminder" in letters


def test_there_is_no_letter_where_nothing_is_owed(here, finance):
    credit_bill(here.bill, staff(), reason="wrong area")
    assert finance.get(here.url("reminder_letter", here.bill.pk)).status_code == 404
    assert finance.post(here.url("print_letter", here.bill.pk)).status_code == 404
    unit = UnitFactory(building__site=here.site)
    assert finance.get(here.url("reminder_letters", unit.pk)).status_code == 404


def test_a_late_fee_is_waived_at_once_within_the_limit(here, finance):
    BillingSettings.objects.create(site=here.site, waiver_limit=500)
    fee = here.late_fee
    values = {"amount": "2", "reason": "hardship"}
    assert finance.post(here.url("waive_late_fee", fee.pk), values).status_code == 204
    assert LateFeeWaiver.objects.get(charge=fee).state == "approved"
    assert "2.00" in text(finance.get(here.url("late_fees")))


def test_more_than_the_late_fee_is_rejected_at_the_amount(here, finance):
    values = {"amount": "5.01", "reason": "hardship"}
    answer = finance.post(here.url("waive_late_fee", here.late_fee.pk), values)
    assert answer.status_code == 422
    assert not LateFeeWaiver.objects.filter(charge=here.late_fee).exists()


def test_a_waiver_above_the_limit_waits_for_another_person(here, finance):
    fee = here.late_fee
    values = {"amount": "5", "reason": "hardship"}
    assert finance.post(here.url("waive_late_fee", fee.pk), values).status_code == 204
    waiver = LateFeeWaiver.objects.get(charge=fee)
    assert "waits for another person" in text(finance.get(here.url("late_fees")))
    own = finance.post(here.url("approve_waiver", waiver.pk))
    assert own.status_code == 422
    assert "Ask a colleague" in text(own)
    other = signed_in(hire(here.site, StandardRole.FINANCE))
    shown = text(other.get(here.url("late_fees")))
    assert here.url("approve_waiver", waiver.pk) in shown
    assert "waits for another person" not in shown
    assert "hardship" in text(other.get(here.url("approve_waiver", waiver.pk)))
    assert other.post(here.url("approve_waiver", waiver.pk)).status_code == 204
    waiver.refresh_from_db()
    assert waiver.state == "approved"


def test_a_refused_waiver_leaves_the_fee_and_can_be_asked_for_again(here, finance):
    waiver = here.waiver
    assert finance.post(here.url("refuse_waiver", waiver.pk)).status_code == 204
    waiver.refresh_from_db()
    assert waiver.state == "refused"
    shown = text(finance.get(here.url("late_fees")))
    assert here.url("waive_late_fee", waiver.charge_id) in shown
