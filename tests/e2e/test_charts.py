"""A device's values in a real browser: the chart, its table, its files, live updates."""

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
from tests.devices.world import measure
from tests.factories import BayFactory, DeviceFactory
from tests.rooms import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def sensor(here) -> Device:
    """A sensor that reported two values each minute of the last hour and a half."""
    device = DeviceFactory(site=here.site, kind="bay_sensor", driver="gatehouse", serial=None)
    now = clock.now().replace(microsecond=0)
    for ago in range(90):
        measure(device, now - ago * MINUTE, battery__percent=50 + ago / 10, temperature__c=ago % 7)
    return device


def shown(page: Page):
    """The chart; its attribute ``data-points`` is the number of points drawn."""
    return page.locator("[data-curve=plot]")


def open_chart(page: Page, here: World, device: Device, query: str = "?span=86400") -> None:
    page.goto(here.url("device", device.pk) + query)
    expect(shown(page)).to_have_attribute("data-points", "90")


def drag(page: Page, begin: float, end: float) -> None:
    """Select a range of the chart, from one share of its width to another."""
    page.locator(".u-over").scroll_into_view_if_needed()
    box = page.locator(".u-over").bounding_box()
    page.mouse.move(box["x"] + begin * box["width"], box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + end * box["width"], box["y"] + 60, steps=5)
    page.mouse.up()


def table(page: Page) -> list[list[str]]:
    rows = page.locator("[data-curve=rows] tr")
    return rows.evaluate_all("rows => rows.map(row => [...row.cells].map(c => c.textContent))")


def test_a_chart_is_drawn_and_its_table_has_the_same_values(page, here, sensor):
    with page.expect_response(re.compile("series.json")) as answered:
        open_chart(page, here, sensor)
    times, means, *_rest = answered.value.json()["columns"]
    expect(page.locator(".uplot canvas")).to_be_visible()
    rows = table(page)
    assert [float(row[1]) for row in rows] == means[::-1]
    assert len(rows) == len(times)


def test_selecting_a_range_of_the_chart_loads_that_range(page, here, sensor):
    open_chart(page, here, sensor, "?span=7200")
    with page.expect_response(re.compile("series.json")) as answered:
        drag(page, 0.5, 0.75)
    said = answered.value.json()
    assert said["end"] - said["begin"] == pytest.approx(1800, rel=0.1)
    expect(shown(page)).not_to_have_attribute("data-points", "90")
    assert len(table(page)) == len(said["columns"][0])
    page.reload()  # what is shown stands in the address
    expect(shown(page)).to_have_attribute("data-points", str(len(said["columns"][0])))


def test_the_chart_is_usable_by_keyboard_alone(page, here, sensor):
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
    # In one step, because the list may reload between mouse down and mouse up.
    page.locator("#values").get_by_role("link", name="temperature.c").dispatch_event("click")
    expect(page.locator("[data-curve=unit]")).to_have_text("(°C)")
    expect(page).to_have_url(re.compile("metric=temperature.c"))


def test_the_csv_files_have_the_values_shown(page, here, sensor):
    open_chart(page, here, sensor)
    for name in ("As shown (CSV)", "All measurements (CSV)"):
        with page.expect_download() as saved:
            page.get_by_role("link", name=name).click()
        with open(saved.value.path(), encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))[1:]
        assert [float(row[1]) for row in rows] == [float(row[1]) for row in table(page)[::-1]]


def test_a_new_value_appears_without_a_reload(page, here, sensor):
    open_chart(page, here, sensor)
    expect(page.locator("html")).to_have_attribute("data-live-state", "live")
    measure(sensor, clock.now(), battery__percent=33)
    with transaction.atomic():
        live.announce(DEVICE, here.site.pk, sensor.pk)
    expect(shown(page)).to_have_attribute("data-points", "91")
    assert table(page)[0][1] == "33"


def test_the_first_value_of_a_device_adds_its_chart(page, here):
    device = DeviceFactory(site=here.site, kind="sensor", driver="gatehouse", serial=None)
    page.goto(here.url("device", device.pk))
    expect(page.locator("#values")).to_contain_text("No messages yet.")
    expect(page.locator("html")).to_have_attribute("data-live-state", "live")
    measure(device, clock.now(), battery__percent=61)
    with transaction.atomic():
        live.announce(DEVICE, here.site.pk, device.pk)
    expect(page.locator("#values")).to_contain_text("61")
    expect(shown(page)).to_have_attribute("data-points", "1")
    expect(page.locator("#first-number > *")).to_have_count(0)


def test_a_bay_is_shown_with_its_sensor_s_status(page, here):
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


def test_a_replay_is_started_from_the_list_and_empties_it(page, here, sensor):
    services.set_enabled(sensor, False)
    topic = f"gh/v1/{here.site.slug}/{sensor.code}/up/event"
    for n in range(3):
        now = clock.now()
        body = {"v": 1, "id": str(n), "at": now.isoformat(), "type": "bay", "occupied": True}
        inbound.receive(topic, json.dumps(body).encode(), now)
    services.set_enabled(sensor, True)
    page.goto(here.url("dead_letters") + f"?state=open&device={sensor.code}")
    expect(page.locator("html")).to_have_attribute("data-live-state", "live")
    page.get_by_label("Select all rows of this page").check()
    page.locator("[data-bulk]").get_by_role("button", name="Replay").click()
    expect(page.locator("#sheet")).to_contain_text("Replay 3 messages")
    page.locator("#sheet .send").click()
    expect(page.locator("#replay")).to_contain_text("0 of 3 processed")
    jobs.run_waiting()
    expect(page.locator("#replay")).to_contain_text("3 of 3 processed")
    expect(page.locator("#list")).to_contain_text("Nothing matches these filters.")
    expect(page.locator("#reasons")).not_to_contain_text("disabled")
