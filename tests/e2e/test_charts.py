"""A device's numbers in a real browser: the curve, the table beside it, its files, what is new."""

import csv
import json
import re
from datetime import timedelta

import pytest
from django.db import transaction
from playwright.sync_api import Page, expect

from core import clock, jobs, live
from devices import inbound, services
from devices.models import Device
from devices.topics import DEVICE
from tests.console.world import World, measure
from tests.factories import BayFactory, DeviceFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def sensor(here) -> Device:
    """A sensor that reported two numbers each minute of the last hour and a half."""
    device = DeviceFactory(site=here.site, kind="bay_sensor", driver="gatehouse", serial=None)
    now = clock.now().replace(microsecond=0)
    for ago in range(90):
        measure(device, now - ago * MINUTE, battery__percent=50 + ago / 10, temperature__c=ago % 7)
    return device


def shown(page: Page):
    """The chart; its attribute ``data-points`` says of how many points it is drawn."""
    return page.locator("[data-curve=plot]")


def open_chart(page: Page, here: World, device: Device, query: str = "?span=86400") -> None:
    page.goto(here.url("device", device.pk) + query)
    expect(shown(page)).to_have_attribute("data-points", "90")


def drag(page: Page, begin: float, end: float) -> None:
    """Mark a part of the curve, from one share of its width to another."""
    page.locator(".u-over").scroll_into_view_if_needed()
    box = page.locator(".u-over").bounding_box()
    page.mouse.move(box["x"] + begin * box["width"], box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + end * box["width"], box["y"] + 60, steps=5)
    page.mouse.up()


def table(page: Page) -> list[list[str]]:
    rows = page.locator("[data-curve=rows] tr")
    return rows.evaluate_all("rows => rows.map(row => [...row.cells].map(c => c.textContent))")


def test_a_curve_is_drawn_and_the_table_beside_has_its_numbers(page, here, sensor):
    with page.expect_response(re.compile("series.json")) as answered:
        open_chart(page, here, sensor)
    times, means, *_rest = answered.value.json()["columns"]
    expect(page.locator(".uplot canvas")).to_be_visible()
    rows = table(page)
    assert [float(row[1]) for row in rows] == means[::-1]
    assert len(rows) == len(times)


def test_marking_a_part_of_the_curve_asks_the_server_for_that_part(page, here, sensor):
    open_chart(page, here, sensor, "?span=7200")
    with page.expect_response(re.compile("series.json")) as answered:
        drag(page, 0.5, 0.75)
    said = answered.value.json()
    assert said["end"] - said["begin"] == pytest.approx(1800, rel=0.1)
    expect(shown(page)).not_to_have_attribute("data-points", "90")
    assert len(table(page)) == len(said["columns"][0])
    page.reload()  # what is shown stands in the address
    expect(shown(page)).to_have_attribute("data-points", str(len(said["columns"][0])))


def test_the_curve_is_worked_by_keyboard_alone(page, here, sensor):
    open_chart(page, here, sensor)
    page.get_by_role("button", name="Hour").focus()
    page.keyboard.press("Enter")
    expect(shown(page)).to_have_attribute("data-points", re.compile("^(59|60|61)$"))
    shown(page).focus()
    page.keyboard.press("End")
    expect(page.locator("[data-curve=read]")).to_contain_text(": 50 %")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("[data-curve=read]")).to_contain_text(": 50.1 %")
    page.keyboard.press("PageUp")
    expect(shown(page)).to_have_attribute("data-points", re.compile("^(29|30|31)$"))


def test_another_metric_is_chosen_from_the_latest_values(page, here, sensor):
    open_chart(page, here, sensor)
    # In one step: the list is fetched anew now and then, also between a button's down and up.
    page.locator("#values").get_by_role("link", name="temperature.c").dispatch_event("click")
    expect(page.locator("[data-curve=unit]")).to_have_text("(°C)")
    expect(page).to_have_url(re.compile("metric=temperature.c"))


def test_the_files_hold_what_is_shown(page, here, sensor):
    open_chart(page, here, sensor)
    for name in ("As shown (CSV)", "Every number (CSV)"):
        with page.expect_download() as saved:
            page.get_by_role("link", name=name).click()
        with open(saved.value.path(), encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))[1:]
        assert [float(row[1]) for row in rows] == [float(row[1]) for row in table(page)[::-1]]


def test_a_new_number_appears_by_itself(page, here, sensor):
    open_chart(page, here, sensor)
    expect(page.locator("html")).to_have_attribute("data-live-state", "live")
    measure(sensor, clock.now(), battery__percent=33)
    with transaction.atomic():
        live.announce(DEVICE, here.site.pk, sensor.pk)
    expect(shown(page)).to_have_attribute("data-points", "91")
    assert table(page)[0][1] == "33"


def test_the_first_number_of_a_device_brings_its_curve(page, here):
    device = DeviceFactory(site=here.site, kind="sensor", driver="gatehouse", serial=None)
    page.goto(here.url("device", device.pk))
    expect(page.locator("#values")).to_contain_text("It has said nothing yet.")
    expect(page.locator("html")).to_have_attribute("data-live-state", "live")
    measure(device, clock.now(), battery__percent=61)
    with transaction.atomic():
        live.announce(DEVICE, here.site.pk, device.pk)
    expect(page.locator("#values")).to_contain_text("61")
    expect(shown(page)).to_have_attribute("data-points", "1")
    expect(page.locator("#first-number > *")).to_have_count(0)


def test_a_bay_is_shown_as_its_sensor_says(page, here):
    sensor = DeviceFactory(site=here.site, kind="bay_sensor", driver="gatehouse", serial=None)
    bay = BayFactory(lot__site=here.site, sensor=sensor)
    page.goto(here.url("device", sensor.pk))
    expect(page.locator("html")).to_have_attribute("data-live-state", "live")
    expect(page.locator("#place")).not_to_contain_text("occupied")
    now = clock.now()
    body = {"v": 1, "id": "1", "at": now.isoformat(), "type": "bay", "occupied": True}
    topic = f"gh/v1/{here.site.slug}/{sensor.code}/up/event"
    inbound.receive(topic, json.dumps(body).encode(), now)
    expect(page.locator("#place")).to_contain_text(f"{bay.code} {bay.lot.name} · occupied")


def test_a_run_over_dead_letters_is_begun_from_the_list_and_clears_it(page, here, sensor):
    services.set_enabled(sensor, False)
    topic = f"gh/v1/{here.site.slug}/{sensor.code}/up/event"
    for n in range(3):
        now = clock.now()
        body = {"v": 1, "id": str(n), "at": now.isoformat(), "type": "bay", "occupied": True}
        inbound.receive(topic, json.dumps(body).encode(), now)
    services.set_enabled(sensor, True)
    page.goto(here.url("dead_letters") + f"?device={sensor.code}")
    expect(page.locator("html")).to_have_attribute("data-live-state", "live")
    page.get_by_label("Tick all of this page").check()
    page.get_by_role("button", name="Replay the ticked ones").click()
    expect(page.locator("#sheet")).to_contain_text("Take 3 messages again")
    page.locator("#sheet .send").click()
    expect(page.locator("#replay")).to_contain_text("0 of 3 were taken")
    jobs.run_waiting()
    expect(page.locator("#replay")).to_contain_text("3 of 3 were taken")
    expect(page.locator("#list")).to_contain_text("No message here matches.")
    expect(page.locator("#letters-shown .num").first).to_have_text("1")
