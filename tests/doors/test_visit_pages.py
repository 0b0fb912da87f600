"""Pages of visits: the guest's link, asking at a door, a delivery's code, and the guard's desk."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse

from access.models import VisitorPass
from core import clock
from core.permissions import StandardRole
from doors.models import Token
from doors.visits import deliveries, rules, selectors, services
from tests.browsers import hire, signed_in, text
from tests.doors.bans import ban_of
from tests.doors.entrance import Entrance
from tests.doors.test_visits import a_home, invited, offer, shows
from tests.factories import BindingFactory
from tests.gate import staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def entrance():
    cache.clear()
    entrance = Entrance.build(type="people_gate")
    offer(entrance.site, entrance.group)
    return entrance


@pytest.fixture
def home(entrance):
    return a_home(entrance.site)


def test_a_guest_sees_a_code_and_the_rules(client, entrance, home):
    offer(entrance.site, entrance.group, text="No dogs.", way="Left of the fountain.")
    visit = invited(home, groups=[entrance.group])
    shown = text(client.get(reverse("portal:visit", args=[visit.code])))
    for said in (entrance.door.name, "No dogs.", "Left of the fountain."):
        assert said in shown


def test_whom_a_ban_names_reads_nothing_but_to_see_the_guard(client, entrance, home):
    offer(entrance.site, entrance.group, text="No dogs.")
    ban_of(entrance.site, plate="沪A73C05")
    visit = invited(home, groups=[entrance.group])
    at = reverse("portal:visit", args=[visit.code])
    assert "Please see the guard" not in text(client.get(at))
    client.post(at, {"plate": "沪A73C05"})
    shown = text(client.get(at))
    assert "Please see the guard" in shown
    assert not any(said in shown for said in ("No dogs.", "沪A", str(home.unit), "QR"))
    assert shows(entrance, visit).rule == "visit_not_approved"
    services.approve(visit, staff())
    assert "No dogs." in text(client.get(at))


def test_who_asks_at_a_door_is_let_in_by_the_host(client, entrance, home):
    binding = BindingFactory(person=home.occupancy.person)
    address = reverse("portal:ask_at_door", args=[selectors.poster_token(entrance.door)])
    asked = {"visitor_name": "Li", "unit": str(home.unit), "reason": "visit"}
    response = client.post(address, asked)
    visit = VisitorPass.objects.get(unit=home.unit)
    assert response.url == reverse("portal:visit", args=[visit.code])
    assert "waits for approval" in text(client.get(response.url))
    host = signed_in(binding.user)
    host.post(reverse("portal:approve_visitor", args=[binding.pk, visit.pk]))
    assert shows(entrance, visit).rule == "admitted"


def test_an_unknown_unit_and_an_address_that_we_have_not_made_are_refused(client, entrance, home):
    address = reverse("portal:ask_at_door", args=[selectors.poster_token(entrance.door)])
    asked = {"visitor_name": "Li", "unit": "99-9999", "reason": "visit"}
    assert client.post(address, asked).status_code == 422
    forged = reverse("portal:ask_at_door", args=[f"{entrance.door.pk}:forged"])
    assert client.get(forged).status_code == 404


def test_a_delivery_code_opens_one_door_once(entrance, home):
    other = Entrance.build(site=entrance.site)
    entrance.group.doors.add(other.door)
    _visit, pin = deliveries.issue_delivery_code(
        entrance.door, staff(), unit=home.unit, host=home.occupancy.person
    )
    assert other.decides(means="pin", value=pin) == "other_door"
    assert entrance.decides(means="pin", value=pin) == "admitted"
    assert entrance.decides(means="pin", value=pin) == "unknown"
    assert Token.objects.filter(means="pin", state="ended").count() == 1


def test_the_guard_registers_a_visitor_with_a_name_and_enter(entrance, home):
    guard = signed_in(hire(entrance.site, StandardRole.GUARD))
    address = reverse("console:issue_visit", args=[entrance.site.slug])
    ends = clock.now() + timedelta(hours=4)
    form = {
        "visitor_name": "Zhao",
        "reason": "visit",
        "ends_at": f"{clock.local(ends, entrance.site.timezone):%Y-%m-%dT%H:%M}",
        "entries_allowed": "1",
        "groups": [entrance.group.pk],
    }
    guard.post(address, form)
    visit = VisitorPass.objects.get(visitor_name="Zhao")
    assert shows(entrance, visit).rule == "admitted"
    page = reverse("console:visits", args=[entrance.site.slug])
    assert "Zhao" in text(guard.get(page + "?state=inside"))


def test_a_visitor_who_was_seen_to_leave_is_no_longer_inside(entrance, home):
    visit = invited(home, groups=[entrance.group])
    shows(entrance, visit)
    assert services.note_left(visit, staff()).entered_at is None


def test_the_rules_of_a_site_are_set_by_a_form(entrance):
    chief = signed_in(hire(entrance.site, StandardRole.SECURITY))
    address = reverse("console:visit_rules", args=[entrance.site.slug])
    form = {"groups": [entrance.group.pk], "approved_by_staff": ["viewing"], "most_companions": "2"}
    chief.post(address, form)
    found = rules.visit_rules(entrance.site)
    assert (found.approved_by_staff, found.most_companions) == (["viewing"], 2)
    assert (found.per_day, found.asks_at_door) == (None, False)


def test_passages_name_the_visitor_and_why_the_door_stayed_closed(entrance, home):
    visit = invited(home, groups=[entrance.group])
    shows(entrance, visit)
    refused = shows(entrance, visit)
    guard = signed_in(hire(entrance.site, StandardRole.GUARD))
    slug, own = entrance.site.slug, reverse("console:visit", args=[entrance.site.slug, visit.pk])
    for name, args in (
        ("door_passages", ()),
        ("door_passage", (refused.pk,)),
        ("live_door", (entrance.door.pk,)),
        ("doors", ()),
    ):
        page = text(guard.get(reverse(f"console:{name}", args=[slug, *args])))
        assert "Wang" in page
        assert (own in page) == name.startswith("door_passage")
        assert ("The visitor has used all entries" in page) == (name != "doors")


def test_a_passage_is_found_by_the_visitor_s_name(entrance, home):
    passage = shows(entrance, invited(home, groups=[entrance.group], visitor_name="Ouyang"))
    guard = signed_in(hire(entrance.site, StandardRole.GUARD))
    address = reverse("console:door_passages", args=[entrance.site.slug])
    page = reverse("console:door_passage", args=[entrance.site.slug, passage.pk])
    for asked, found in (("ouy", True), ("wang", False)):
        shown = text(guard.post(address, {"q": asked, "filter": "1"}, follow=True))
        assert (page in shown) == found


def test_the_guard_corrects_a_plate_until_somebody_has_come_in(entrance, home):
    visit = invited(home, plate="沪A73C05")
    guard = signed_in(hire(entrance.site, StandardRole.GUARD))
    at = reverse("console:visitor_plate", args=[entrance.site.slug, visit.pk])
    pages = [
        reverse("console:visits", args=[entrance.site.slug]),
        reverse("console:visit", args=[entrance.site.slug, visit.pk]),
    ]
    assert all(at in guard.get(page).content.decode() for page in pages)
    assert guard.post(at, {"plate": "沪A73C06"}).status_code == 204
    VisitorPass.objects.filter(pk=visit.pk).update(entries_used=1)
    assert not any(at in guard.get(page).content.decode() for page in pages)
    assert guard.post(at, {"plate": "沪A73C07"}).status_code == 422


def test_visits_after_today_have_a_list_of_their_own(entrance, home):
    now = clock.now()
    begins = clock.midnight(
        clock.local(now, entrance.site.timezone).date() + timedelta(days=1), entrance.site.timezone
    )
    later = invited(home, begins_at=begins, ends_at=begins + timedelta(hours=2))
    guard = signed_in(hire(entrance.site, StandardRole.GUARD))
    page = reverse("console:visits", args=[entrance.site.slug])
    row = reverse("console:visit", args=[entrance.site.slug, later.pk])
    assert row in guard.get(page, {"state": "later"}).content.decode()
    assert row not in guard.get(page, {"state": "today"}).content.decode()
