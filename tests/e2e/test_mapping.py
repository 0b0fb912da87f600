"""A mapping entered in a browser: rows are added and removed, a dry run, saving."""

import json

import pytest
from playwright.sync_api import Browser, expect

from core import clock
from core.permissions import StandardRole
from devices import inbound
from devices.models import Device
from tests.browsers import hire
from tests.e2e.conftest import A_FORM_REFUSED, Server
from tests.rooms import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("width", [1280, 360])
def test_an_unknown_sensor_is_mapped_from_its_rejected_message(
    server: Server, chromium: Browser, here: World, width: int
) -> None:
    topic = here.sensor.topic
    inbound.receive(topic, json.dumps({"data": {"t": 187, "rh": "61.5"}}).encode(), clock.now())
    person = hire(here.site, StandardRole.TECHNICIAN)
    page = server.page(chromium, person, viewport={"width": width, "height": 900})
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)

    page.goto(here.url("mapping", here.sensor.pk))
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator("#outcome")).to_contain_text("contain no mapping yet")
    expect(page.locator("#id_payload")).to_have_value(
        json.dumps({"data": {"t": 187, "rh": "61.5"}}, indent=1)
    )
    page.locator("#id_metrics-0-metric").fill("temperature.c")
    page.locator("#id_metrics-0-pointer").fill("/data/t")
    page.locator("#id_metrics-0-scale").fill("0.1")
    page.get_by_role("button", name="Add measurement").click()
    page.locator("#id_metrics-1-metric").fill("humidity.percent")
    page.locator("#id_metrics-1-pointer").fill("/data/rh")
    page.get_by_role("button", name="Test", exact=True).last.click()
    expect(page.locator("#outcome tbody tr").first).to_contain_text("18.7")
    expect(page.locator("#outcome tbody tr").last).to_contain_text("61.5")
    page.get_by_role("button", name="Save mapping").click()
    expect(page.locator("#notices")).to_contain_text("Mapping saved")
    page.get_by_role("button", name="Remove measurement 2").click()
    expect(page.locator("#id_metrics-1-metric")).to_have_count(0)

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert [fault for fault in faults if A_FORM_REFUSED not in fault] == []
    assert len(Device.objects.get(pk=here.sensor.pk).options["metrics"]) == 2
