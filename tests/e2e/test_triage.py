"""The triage board in a real browser: smoke in the garage, acknowledged by keyboard."""

import re
from datetime import timedelta

import pytest
from django.db import transaction
from playwright.sync_api import Page, Route, expect

from core import clock
from core.models import Notification
from core.permissions import StandardRole
from estate import services as estate
from incidents.escalation import responders
from incidents.models import Incident
from incidents.services import acknowledge, raise_incident, review
from tests.browsers import hire
from tests.factories import DeviceFactory, LotFactory, UserFactory
from tests.incidents.alarms import enabled, measure
from tests.rooms import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SMOKE = {
    "type": "threshold",
    "kind": "telemetry.smoke.percent",
    "field": "value",
    "above": True,
    "limit": 5,
    "clear": 2,
    "lasting_s": 0,
}
GARAGE = [[121.47, 31.23], [121.471, 31.23], [121.471, 31.231], [121.47, 31.231]]


def open_board(page: Page, here: World, query: str = "") -> None:
    page.goto(here.url("triage") + query)
    expect(page.locator("html")).to_have_attribute("data-live-state", "live")


def row(page: Page, incident: Incident):
    return page.locator(f'.triage-row[data-incident="{incident.pk}"]')


def raised(here: World, severity: str = "minor", ago: float = 60) -> Incident:
    device = DeviceFactory(site=here.site, kind="sensor")
    at = clock.now() - timedelta(seconds=ago)
    source = f"device:{device.pk}"
    return raise_incident(here.site.pk, "device_offline", source, severity, at, {})


def test_what_is_raised_while_the_board_loads_is_announced(page, here):
    shown = raised(here)

    def raise_meanwhile(route: Route) -> None:
        raised(here, severity="severe")
        route.continue_()

    page.route("**/versions.json*", raise_meanwhile, times=1)
    open_board(page, here)
    expect(row(page, shown)).to_be_visible()
    expect(page.locator("#triage-news")).to_contain_text("Severe: ")


def test_smoke_in_the_garage_appears_on_the_open_board_and_is_acknowledged_by_keyboard(page, here):
    garage = LotFactory(site=here.site, name="Garage", outline=GARAGE)
    sensor = DeviceFactory(site=here.site, kind="sensor", code="smoke-garage")
    estate.locate_device(sensor, UserFactory(), garage, note="level -1")
    enabled(here.site, SMOKE, name="Smoke in the garage", severity="extreme")
    open_board(page, here)
    measure(sensor, 14.0, metric="smoke.percent")

    smoke = page.locator(".triage-row").first  # the worst
    expect(smoke).to_contain_text("Smoke in the garage")
    expect(smoke).to_contain_text("extreme")
    expect(smoke).to_contain_text("Garage · level -1")
    expect(page.locator("#triage-news")).to_have_text(
        "Extreme: Smoke in the garage, Garage · level -1"
    )
    page.keyboard.press("j")
    selected = page.get_by_role("region", name="Selected incident")
    expect(selected.get_by_role("heading", name="Smoke in the garage")).to_be_visible()
    expect(selected.locator("[data-place-map][data-drawn]")).to_be_visible()
    expect(selected.locator(".place-mark .severity-extreme")).to_be_visible()
    page.keyboard.press("a")
    expect(smoke).to_contain_text("under review")
    expect(selected).to_contain_text("Acknowledged")
    expect(smoke.locator("a")).to_be_focused()
    incident = Incident.objects.get(rule__name="Smoke in the garage")
    assert incident.acked_by is not None
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/incidents/{incident.pk}/$"))


def test_e_escalates_to_the_people_whom_it_names(page, here):
    (on_call,) = responders.on_call(here.site, clock.now())
    source = f"device:{DeviceFactory(site=here.site, kind='sensor').pk}"
    incident = raise_incident(here.site.pk, "intrusion", source, "moderate", clock.now(), {})
    open_board(page, here, f"?incident={incident.pk}")
    expect(page.locator("#triage-incident")).to_be_visible()
    page.keyboard.press("e")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="Escalate now")).to_be_visible()
    expect(dialog).to_contain_text(on_call.display_name)
    dialog.get_by_role("button", name="Notify now").click()
    expect(dialog).to_be_hidden()
    expect(page.locator("#triage-incident")).to_contain_text("Escalated")
    assert Notification.objects.filter(recipient=on_call, text="escalated").exists()


def test_the_picture_of_a_watch_listed_car_stands_beside_it(page, here):
    source, detail = f"watch:{here.watch.pk}", {"passage": here.passage.pk}
    hit = raise_incident(
        here.site.pk, "plate_watchlist", source, "severe", clock.now(), detail, here.watch
    )
    open_board(page, here)
    row(page, hit).locator("a").click()
    picture = page.locator(".triage-photos img")
    expect(picture).to_be_visible()
    picture.scroll_into_view_if_needed()
    expect(picture).not_to_have_js_property("naturalWidth", 0)


def test_a_change_replaces_its_row_alone_and_keeps_focus_and_scroll(page, here):
    incidents = [raised(here, ago=1000 + number) for number in range(60)]
    open_board(page, here)
    expect(page.locator(".triage-row")).to_have_count(Incident.objects.count())
    for _step in range(30):
        page.keyboard.press("j")
    focused = page.evaluate("document.activeElement.closest('li').dataset.incident")
    page.evaluate("document.querySelectorAll('.triage-row a').forEach(a => { a.first = true; })")
    top = page.evaluate("document.activeElement.getBoundingClientRect().top")

    new = raised(here, "severe")
    acknowledge(incidents[5], UserFactory(username="wang"))
    expect(row(page, new)).to_be_attached()
    expect(row(page, incidents[5])).to_contain_text("wang")
    assert page.evaluate("document.activeElement.closest('li').dataset.incident") == focused
    assert abs(page.evaluate("document.activeElement.getBoundingClientRect().top") - top) < 2
    count = "[...document.querySelectorAll('.triage-row a')].filter(a => !a.first).length"
    assert page.evaluate(count) == 1  # the new one
    review(incidents[6], UserFactory(), confirmed=False, reason="a test")
    expect(row(page, incidents[6])).to_have_count(0)


def test_a_storm_arrives_whole_and_filters_hold(page, here):
    open_board(page, here, "?severity=severe")
    expect(page.locator(".triage-empty, .triage-row").first).to_be_attached()
    before = page.locator(".triage-row").count()
    with transaction.atomic():
        for number in range(120):
            raised(here, "severe" if number % 2 else "minor")
    expect(page.locator(".triage-row")).to_have_count(before + 60)
    expect(page.locator("[data-triage-count]")).to_have_text(str(before + 60))
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Search")).to_be_focused()


def test_a_phone_shows_the_list_or_the_incident(server, chromium, here):
    incident = raised(here, "extreme")
    person = hire(here.site, StandardRole.GUARD)
    page = server.page(chromium, person, viewport={"width": 360, "height": 740})
    open_board(page, here)
    row(page, incident).locator("a").click()
    expect(page.locator("#triage-incident")).to_be_visible()
    expect(row(page, incident)).to_be_hidden()
    page.get_by_role("button", name="Back to the list").click()
    expect(row(page, incident).locator("a")).to_be_focused()
    page.context.close()
