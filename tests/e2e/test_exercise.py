"""An exercise from its start to its end: the banner, and messages to feeds for exercises only."""

import pytest
from playwright.sync_api import expect

from core.outbox_lanes import send_all_due
from core.permissions import StandardRole
from incidents import exercises
from incidents.feeds.delivery_topic import LANE
from incidents.models import FeedEndpoint, Incident
from tests.browsers import hire
from tests.e2e.test_dispatch import add_feed, confirm, police, submit

__all__ = ["police"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_an_exercise_is_announced_goes_to_its_feeds_only_and_ends(server, chromium, here, police):
    exercises.end(here.exercise, here.exercise.started_by)
    add_feed(here, police, "Station 7", "/real", kind="webhook")
    add_feed(here, police, "District alerts", "/real-cap", kind="cap_atom")
    add_feed(here, police, "Exercise alerts", "/exercise", kind="cap_atom", exercise=True)

    manager = server.page(chromium, hire(here.site, StandardRole.MANAGER))
    manager.goto(here.url("exercises"))
    expect(manager.locator("html")).to_have_attribute("data-live-state", "live")
    officer = server.page(chromium, hire(here.site, StandardRole.SECURITY))
    officer.goto(here.url("incidents"))
    expect(officer.locator("html")).to_have_attribute("data-live-state", "live")
    banner = officer.locator("#exercise-banner")
    expect(banner).to_have_text("")
    manager.get_by_role("button", name="Start exercise").click()
    submit(manager, "Start exercise", **{"What is practised": "evacuation of tower 3"})
    expect(banner).to_contain_text("evacuation of tower 3")

    manager.get_by_role("button", name="Raise exercise incident").click()
    sheet = manager.locator("#sheet-in")
    sheet.get_by_label("What is it?").select_option("smoke_fire")
    sheet.get_by_label("Where exactly").fill("tower 3")
    submit(manager, "Raise", **{"What was seen": "smoke in the corridor"})
    expect(manager.locator(".exercise-incidents li")).to_have_count(1)

    incident = Incident.objects.filter(site=here.site, exercise=True).latest("pk")
    officer.goto(here.url("incident", incident.pk))
    expect(officer.locator("html")).to_have_attribute("data-live-state", "live")
    confirm(officer)
    officer.get_by_role("button", name="Send to authorities").click()
    sheet = officer.locator("#sheet-in")
    expect(sheet).to_contain_text("To: Exercise alerts")
    expect(sheet).not_to_contain_text("Station 7")
    submit(officer, "Send", Reason="practised with the district")
    send_all_due(LANE)
    expect(officer.locator(".sightings li", has_text="Exercise alerts")).to_contain_text(
        "delivered"
    )
    (request,) = police.received
    assert request.path == "/exercise"
    assert "<status>Exercise</status>" in request.body.decode()
    served = FeedEndpoint.objects.filter(deliveries__message__incident=incident)
    assert [each.name for each in served] == ["Exercise alerts"]

    manager.get_by_role("button", name="End exercise").click()
    submit(manager, "End exercise")
    expect(banner).to_have_text("")
    expect(manager.locator("#exercise-banner")).to_have_text("")
    expect(manager.get_by_role("button", name="Start exercise")).to_be_visible()
    officer.context.close()
    manager.context.close()
