"""The console in a real browser: what changes is seen without a reload."""

import re

import pytest
from django.db import connection, transaction
from playwright.sync_api import Page, expect

from core import clock
from core.events import publish
from core.jobs import run_waiting
from core.permissions import StandardRole
from devices import events
from estate.models import Bay
from incidents.selectors import active
from incidents.services import raise_incident
from tests.browsers import hire
from tests.factories import BayFactory, DeviceFactory, UserFactory
from tests.gate import decision_of
from tests.photos import jpeg

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
RING = [[121.47, 31.23], [121.4701, 31.23], [121.4701, 31.2301], [121.47, 31.2301]]


def open_live(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator("html")).to_have_attribute("data-live-state", "live")


def lane(page: Page, lane):
    return page.locator(f"#lane-{lane.pk}")


def test_signing_in_leads_a_guard_to_the_lanes_and_they_are_live(server, chromium, here):
    user = hire(here.site, StandardRole.GUARD)
    page = server.page(chromium)
    page.goto("/")
    page.get_by_label("User name").fill(user.username)
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).to_have_url(re.compile(f"/s/{here.site.slug}/lanes/$"))
    expect(page.locator("html")).to_have_attribute("data-live-state", "live")
    page.context.close()


def test_a_wrong_password_is_reported_without_details(server, chromium, db):
    page = server.page(chromium)
    page.goto("/login/")
    page.get_by_label("User name").fill(UserFactory().username)
    page.get_by_label("Password").fill("guess")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert")).to_have_text("User name or password is incorrect.")
    page.context.close()


def test_a_car_appears_on_its_lane_s_card_by_itself(page, here):
    open_live(page, here.url("lanes"))
    here.gate.sees(here.gate.entry, "苏B88888", image=jpeg())
    card = lane(page, here.gate.entry)
    expect(card.locator(".plate-big")).to_have_text("苏B88888")
    expect(card.locator(".lane-picture img")).to_be_visible()
    expect(page.locator("#lane-news")).to_contain_text("苏B88888")


def test_a_corrected_plate_is_decided_again(page, here):
    open_live(page, here.url("lanes"))
    misread = here.gate.sees(here.gate.entry, "苏B8B8B8", confidence=0.4)
    card = lane(page, here.gate.entry)
    expect(card.locator(".plate-big")).to_have_text("苏B8B8B8")
    card.get_by_role("button", name="Correct").click()
    page.get_by_label("Plate").fill("苏B88888")
    page.get_by_role("button", name="Plate dirty").click()
    page.locator("#sheet .send").click()
    expect(page.locator("#sheet")).to_be_hidden()
    expect(page.locator("#sheet-in")).to_be_empty()
    expect(card.locator(".plate-big")).to_have_text("苏B88888")
    assert misread.reads.latest("pk").reason == "Plate dirty"


def test_a_rejection_is_shown_in_the_open_dialog(page, here):
    open_live(page, here.url("lanes"))
    lane(page, here.gate.exit).get_by_role("button", name="Correct").click()
    page.get_by_label("Plate").fill("无牌车")
    page.locator("#sheet .send").click()
    expect(page.locator("#sheet .invalid-feedback")).to_contain_text("plate")


def test_the_guard_works_by_keyboard_alone(page, here):
    open_live(page, here.url("lanes"))
    page.keyboard.press("o")  # the car that owes waits, so its lane is at hand
    expect(page.get_by_label("Reason", exact=True)).to_be_focused()
    page.keyboard.type("fire engine")
    page.keyboard.press("Enter")
    expect(lane(page, here.gate.exit)).to_contain_text("opening")
    assert decision_of(here.passage).reason == "fire engine"


def test_taking_cash_lets_the_car_out(page, here):
    open_live(page, here.url("lanes"))
    card = lane(page, here.gate.exit)
    expect(card.locator(".amount")).to_have_text("CN¥10.00")
    card.get_by_role("button", name="Cash").click()
    page.get_by_role("button", name="Confirm payment").click()
    expect(page.locator("#notices")).to_contain_text("recorded.")
    run_waiting()  # as the jobs process does: it opens the lane after the booking has committed
    expect(card).to_contain_text("opening")
    expect(card.locator(".qr")).to_have_count(0)


def test_a_bay_changes_on_the_map_with_its_sensor(page, here):
    sensor = DeviceFactory(site=here.site)
    bay = BayFactory(lot=here.gate.lot, outline=RING, status="free", sensor=sensor)
    open_live(page, here.url("map"))
    plan = page.locator("#map")
    expect(plan).to_have_attribute(f"data-bay-{bay.pk}", "free")
    before = plan.screenshot()
    now = clock.now()
    said = {"device_id": sensor.pk, "site_id": here.site.pk, "at": now, "received_at": now}
    with transaction.atomic():
        publish(events.BayChanged(**said, key="1", occupied=True))
    expect(plan).to_have_attribute(f"data-bay-{bay.pk}", "occupied")
    expect(page.locator("[data-count=occupied]")).to_have_text("1")
    assert plan.screenshot() != before
    assert Bay.objects.get(pk=bay.pk).status == "occupied"


def test_changes_missed_during_a_disconnection_appear_after_it(page, here):
    open_live(page, here.url("lanes"))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND query LIKE 'LISTEN gatehouse_live%'"
        )
        assert cursor.fetchone() == (1,)
    here.gate.sees(here.gate.entry, "苏B88888")
    expect(lane(page, here.gate.entry).locator(".plate-big")).to_have_text("苏B88888")


def test_an_incident_shows_in_the_navigation_at_once(page, here):
    count = active(here.site).count()
    open_live(page, here.url("stays"))
    badge = page.locator("aside [data-badge=incidents]")
    expect(badge).to_contain_text(f"{count}")
    here.gate.sees(here.gate.entry, here.watch.plate)
    expect(badge).to_contain_text(f"{count}")  # the same watched plate is one incident
    other = DeviceFactory(site=here.site)
    raise_incident(here.site.pk, "device_offline", f"device:{other.pk}", "minor", clock.now(), {})
    expect(badge).to_contain_text(f"{count + 1}")


def test_a_photo_outlives_a_rejection_and_a_confirmed_reading_is_seen_at_once(page, here):
    page.set_viewport_size({"width": 360, "height": 780})
    open_live(page, here.url("meter", here.meter.pk))
    page.get_by_role("button", name="Enter reading").click()
    page.get_by_label("Register value").fill("450")
    file = {"name": "meter.jpg", "mimeType": "image/jpeg", "buffer": jpeg(320, 240)}
    page.get_by_label("Photo").set_input_files(file)
    page.locator("#sheet .send").click()
    expect(page.locator("#sheet .invalid-feedback")).to_contain_text("the plausible maximum is")
    page.get_by_label("This consumption is correct").check()
    page.get_by_label("Note").fill("the flat was heated with it")
    page.locator("#sheet .send").click()
    expect(page.locator("#sheet")).to_be_hidden()
    expect(page.locator(".readings")).to_contain_text("450.0")
    reading = here.meter.readings.get(register=450)
    address = here.url("reading_photo", reading.pk)
    expect(page.locator(f"img[src='{address}']")).to_be_attached()
    assert page.request.get(address).headers["content-type"] == "image/jpeg"


def test_the_language_is_switched_with_one_click(page, here):
    page.goto(here.url("map"))
    page.locator("aside").get_by_role("button", name="简体中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")


def test_the_chosen_theme_stays(page, here):
    page.goto(here.url("map"))
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.locator("aside [data-theme-toggle]").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")


def test_the_first_tab_stop_skips_to_the_content(page, here):
    page.goto(here.url("stays"))
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


PLAIN_PAGES = [
    "overview",
    "map",
    "lanes",
    "stays",
    "access",
    "incidents",
    "watch_list",
    "devices",
    "fleet_health",
    "firmware",
    "batteries",
    "dead_letters",
    "tariffs",
    "publish_tariff",
    "meters",
]


def test_no_page_breaks_its_own_policy_or_is_wider_than_the_screen(page, here):
    rows = {
        "passage": here.passage.pk,
        "stay": here.stay.pk,
        "incident": here.incident.pk,
        "device": here.gate.entry.camera.pk,
        "dead_letter": here.letter.pk,
        "tariff": here.tariff.pk,
        "meter": here.meter.pk,
    }
    for name in [*PLAIN_PAGES, *rows]:
        open_live(page, here.url(name, *([rows[name]] if name in rows else [])))
        beyond = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert beyond <= 0, name
