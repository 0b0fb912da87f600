"""Colleagues who may approve are notified of what needs a second person, and others are not."""

import pytest

from billing.models import BillingSettings
from billing.notices import APPROVAL
from billing.services import (
    write_off_bill,
)
from core.models import Notification, Site, User
from core.notifications.rendering import text_of, title_of
from core.permissions import StandardRole
from people.staff import holders_of
from tests.billing.club_fees import bill_of, club_charge, register
from tests.browsers import hire
from tests.factories import MembershipFactory, SiteFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def site() -> Site:
    register()
    site = SiteFactory()
    BillingSettings.objects.create(site=site, waiver_limit=100)
    return site


@pytest.fixture
def finance(site: Site) -> User:
    return hire(site, StandardRole.FINANCE)


def notified() -> list[tuple[int, str]]:
    rows = Notification.objects.filter(kind=APPROVAL.code).order_by("recipient")
    return [(row.recipient_id, title_of(row)) for row in rows]


def test_a_write_off_above_the_limit_notifies_the_others_who_may_approve(
    site: Site, finance: User
) -> None:
    manager = hire(site, StandardRole.MANAGER)
    hire(site, StandardRole.GUARD)
    write_off_bill(bill_of(site, club_charge("small", 100)), finance, reason="bankrupt")
    assert notified() == []
    write_off_bill(bill_of(site, club_charge("large", 5000)), finance, reason="bankrupt")
    assert notified() == [(manager.pk, "A write-off of CN¥50.00 waits for approval")]
    row = Notification.objects.get(kind=APPROVAL.code)
    assert text_of(row) == f"Requested by {finance.username}: bankrupt"
    assert row.path == f"/s/{site.slug}/bills/write-offs/?state=requested"


def test_holders_of_a_permission_are_active_and_of_the_site(site: Site, finance: User) -> None:
    MembershipFactory(site=site, role=StandardRole.FINANCE, user__is_active=False)
    MembershipFactory(role=StandardRole.FINANCE)
    assert holders_of(site, "billing.write_off") == [finance]
    assert holders_of(site, "billing.unknown") == []
