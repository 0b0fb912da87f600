"""The bills of an issued run are mailed to payers with an address, once."""

import pytest
from django.core import mail

from core import outbox
from core.jobs import run_waiting
from core.models import OutboxMessage
from fees.runs.mailing import start_mailing
from people.models import Delegation, Person
from tests.factories import (
    BindingFactory,
    FeePriceFactory,
    OccupancyFactory,
    SiteFactory,
    UserFactory,
)
from tests.fees.runs_of_site import issue, preview, undo
from tests.fees.units import pays, unit_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def site():
    return SiteFactory(language="en")


@pytest.fixture
def item(site):
    return FeePriceFactory(item__site=site, item__code="property", item__title="Property").item


def payer(site, email):
    person = pays(unit_of(site)).person
    Person.objects.filter(pk=person.pk).update(email=email)
    return person


def queued():
    return list(OutboxMessage.objects.filter(topic="bill.mail").values_list("payload", flat=True))


def test_payers_with_an_address_are_mailed_in_their_language(site, item):
    reader = payer(site, "li@example.com")
    BindingFactory(person=reader, user=UserFactory(language="zh-hans"))
    payer(site, "smith@example.com")
    payer(site, "")
    issue(preview(site, item))
    assert {(each["email"], each["language"]) for each in queued()} == {
        ("li@example.com", "zh-hans"),
        ("smith@example.com", "en"),
    }


def test_a_bill_is_mailed_once_whatever_runs_again(site, item):
    payer(site, "li@example.com")
    run = issue(preview(site, item))
    start_mailing(run)
    run_waiting()
    assert len(queued()) == 1


def test_the_member_of_a_household_who_may_see_bills_is_mailed_where_the_payer_has_no_address(
    site, item
):
    unit = unit_of(site)
    pays(unit)
    daughter = OccupancyFactory(
        person__site=site, person__email="daughter@example.com", unit=unit, role="family"
    ).person
    Delegation.objects.create(unit=unit, person=daughter, may_see_bills=True)
    issue(preview(site, item))
    assert [each["email"] for each in queued()] == ["daughter@example.com"]


def test_a_run_that_was_undone_is_not_mailed(site, item):
    payer(site, "li@example.com")
    run = undo(issue(preview(site, item)))
    outbox.send_due()
    assert mail.outbox == [] or "li@example.com" not in str(mail.outbox[0].to)
    before = len(queued())
    start_mailing(run)
    run_waiting()
    assert len(queued()) == before
