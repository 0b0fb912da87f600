"""Who may decide is notified, once and with a link: watch-list entries, discounts, legal holds."""

from datetime import timedelta

import pytest

from core import clock, retention
from core.models import Notification, Site, User
from core.notifications.rendering import text_of, title_of
from core.permissions import StandardRole
from core.retention.holds import Subject
from core.retention_models import LegalHold
from fees.permissions import FeePermission
from incidents import services
from people.hold_reminders import remind_of_holds
from people.staff import holders_of
from tests.browsers import hire
from tests.factories import SiteFactory
from tests.fees.world import request_discount
from tests.rooms import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def site() -> Site:
    return SiteFactory()


@pytest.fixture
def managers(site: Site) -> list[User]:
    hire(site, StandardRole.GUARD)
    return [hire(site, StandardRole.MANAGER) for _ in range(2)]


def of_site(site: Site, kind: str) -> list[Notification]:
    return list(Notification.objects.filter(site=site, kind=kind).order_by("pk"))


def test_a_watch_list_entry_notifies_the_others_and_names_no_plate(
    site: Site, managers: list[User]
) -> None:
    now = clock.now()
    entry = services.add_watch_entry(
        site,
        managers[0],
        plate="粤B12345",
        legal_basis="court_order",
        document_no="PR-1",
        requesting_org="District police",
        requesting_officer="Officer Li",
        reason="an inquiry",
        begins_at=now,
        ends_at=now + timedelta(days=30),
    )
    (row,) = of_site(site, "watch_entry_waits")
    assert (row.recipient, row.path) == (managers[1], f"/s/{site.slug}/watch-list/{entry.pk}/")
    assert title_of(row) == "A watch-list entry waits for approval"
    assert text_of(row) == "Document PR-1, District police"


def test_a_discount_notifies_the_others_who_may_approve_it(
    site: Site, managers: list[User]
) -> None:
    world = World()
    world.site = site
    discount = request_discount(world)
    rows = of_site(site, "discount_waits")
    others = {*holders_of(site, FeePermission.APPROVE_DISCOUNTS)} - {discount.requested_by}
    assert {row.recipient for row in rows} == others
    assert len(rows) == len(others) > 0
    assert {row.path for row in rows} == {f"/s/{site.slug}/fees/discounts/?state=requested"}
    assert discount.item.title in title_of(rows[0])


def test_a_legal_hold_whose_review_is_due_notifies_the_others_once_for_each_date(
    site: Site, managers: list[User]
) -> None:
    now = clock.now()
    hold = retention.place_hold(
        site,
        managers[0],
        Subject(kind=LegalHold.Kind.PLATE, plate="粤B12345"),
        reason="a case",
        ends_at=now + timedelta(days=1),
    )
    remind_of_holds()
    assert of_site(site, "legal_hold_due") == []
    LegalHold.objects.filter(pk=hold.pk).update(
        created_at=now - timedelta(days=3), ends_at=now - timedelta(days=1)
    )
    remind_of_holds()
    remind_of_holds()
    (row,) = of_site(site, "legal_hold_due")
    assert (row.recipient, row.path) == (managers[1], f"/s/{site.slug}/retention/")
    assert "粤" not in title_of(row) + text_of(row)
