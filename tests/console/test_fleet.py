"""A site's devices as a whole: list, health, firmware, batteries."""

import csv
import json
from datetime import timedelta
from io import StringIO

import pytest

from core import clock
from core.models import AuditEntry
from core.permissions import StandardRole
from devices.models import Command, Device
from tests.browsers import hire, signed_in, text
from tests.devices.world import measure
from tests.factories import DeviceFactory, SiteFactory

pytestmark = pytest.mark.django_db


def codes(answer):
    """The codes of the devices in the list."""
    return [device.code for device in answer.context["list"].page]


def lines(answer):
    return list(csv.reader(StringIO(answer.getvalue().decode().removeprefix("\ufeff"))))


@pytest.fixture
def client(here):
    """The browser of the site's technician."""
    return signed_in(hire(here.site, StandardRole.TECHNICIAN))


def sensor(here, code, **more):
    made = {"site": here.site, "kind": "bay_sensor", "driver": "gatehouse", "serial": None}
    return DeviceFactory(code=code, **{**made, **more})


# -- the list -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"kind": "bay_sensor"}, {"north-1", "south-1"}),
        ({"q": "NORTH"}, {"north-1"}),
        ({"q": "BS-2"}, {"south-1"}),
        ({"state": "offline"}, {"south-1"}),
        ({"state": "disabled"}, {"north-1"}),
        ({"kind": "bay_sensor", "driver": "vzenith-mqtt"}, set()),
    ],
)
def test_devices_are_filtered_by_kind_driver_state_and_text(here, client, asked, found):
    sensor(here, "north-1", enabled=False, state="offline")
    sensor(here, "south-1", state="offline", model="BS-20")
    assert set(codes(client.get(here.url("devices"), asked))) == found


def test_an_invalid_filter_is_ignored(here, client):
    everything = codes(client.get(here.url("devices")))
    assert codes(client.get(here.url("devices"), {"kind": "elephant", "page": "x"})) == everything


def test_two_thousand_devices_are_paginated(here, client, django_assert_max_num_queries):
    Device.objects.bulk_create(
        Device(site=here.site, code=f"many-{n:04d}", kind="sensor", driver="gatehouse")
        for n in range(2000)
    )
    older = ""
    for _page in range(3):
        with django_assert_max_num_queries(30):
            answer = client.get(here.url("devices"), {"q": "many", "older": older})
        older = answer.context["list"].page.older
    assert codes(answer) == [f"many-{n:04d}" for n in range(100, 150)]


def bulk(here, browser, action, *devices):
    """Confirm an action on these devices in the list."""
    rows = "&".join(f"row={device.pk}" for device in devices)
    address = f"{here.url('bulk_devices', action)}?{rows}"
    return browser.post(address, {"confirmed_rows": len(devices)})


def test_several_devices_are_disabled_and_enabled_again_at_once(here, client):
    devices = [sensor(here, f"yard-{n}", state="online") for n in range(3)]
    assert bulk(here, client, "disable", *devices).status_code == 204
    assert codes(client.get(here.url("devices"), {"state": "disabled"})) == [
        "yard-0",
        "yard-1",
        "yard-2",
    ]
    bulk(here, client, "enable", *devices[:2])
    enabled = Device.objects.filter(code__startswith="yard-", enabled=True)
    assert {device.code for device in enabled} == {"yard-0", "yard-1"}
    done = AuditEntry.objects.filter(action__in=["disable device", "enable device"])
    assert [each.action for each in done.order_by("pk")] == ["disable device"] * 3 + [
        "enable device"
    ] * 2


def test_devices_that_are_disabled_already_are_counted_apart(here, client):
    one, other = sensor(here, "one"), sensor(here, "other", enabled=False)
    notice = json.loads(bulk(here, client, "disable", one, other)["HX-Trigger"])["notice"]
    assert notice["text"].startswith("1 of 2 rows changed.")


def test_a_guard_cannot_disable_devices(here, guard):
    device = sensor(here, "one")
    assert bulk(here, guard, "disable", device).status_code == 403
    device.refresh_from_db()
    assert device.enabled


# -- health ---------------------------------------------------------------------------------------


def test_health_counts_the_devices_that_need_attention(here, client):
    now = clock.now()
    sensor(here, "gone", state="offline", last_seen_at=now - timedelta(days=3))
    sensor(here, "going", state="offline", last_seen_at=now - timedelta(hours=1))
    sensor(here, "fast", state="online", last_seen_at=now, clock_offset_ms=64_000)
    sensor(here, "slow", state="online", last_seen_at=now, clock_offset_ms=-90_000)
    sensor(here, "shut", enabled=False, clock_offset_ms=64_000)
    context = client.get(here.url("fleet_health")).context
    counts = context["counts"]
    assert (counts.online, counts.offline, counts.disabled, counts.clocks_off) == (2, 2, 1, 2)
    assert [each.code for each in context["silent"]] == ["gone", "going"]
    assert [each.code for each in context["clocks_off"]] == ["slow", "fast"]
    assert "fast" not in {each.code for each in context["never"]}
    assert counts.never == len(context["never"])


def test_health_lists_the_failed_commands_of_a_day(here, client):
    now = clock.now()
    states = {"refused": 0, "unknown": 1, "expired": 2, "done": 0, "sent": 0}
    for seq, (state, hours) in enumerate({**states, "old": 25}.items(), start=100):
        at = now - timedelta(hours=hours)
        Command.objects.create(
            cmd_id=state,
            device=here.barrier,
            action="open",
            seq=seq,
            issued_at=at,
            not_after=at,
            actor="guard",
            reason="x",
            key_id="",
            sig="",
            state="refused" if state == "old" else state,
        )
    failed = client.get(here.url("fleet_health")).context["failed"]
    assert [each.cmd_id for each in failed] == ["refused", "unknown", "expired"]


def test_health_of_many_devices_takes_few_queries(here, client, django_assert_max_num_queries):
    for n in range(30):
        measure(sensor(here, f"s-{n}"), clock.now(), battery__percent=10 + n)
    with django_assert_max_num_queries(30):
        assert client.get(here.url("fleet_health")).context["low_count"] == 10


# -- firmware -------------------------------------------------------------------------------------


def test_versions_are_counted_and_older_ones_are_marked_outdated(here, client):
    for code, version in {"a": "2.9.4", "b": "2.10.0", "c": "2.10.0", "d": ""}.items():
        sensor(here, code, model="BS-20", firmware=version)
    sensor(here, "e", model="BA-6", firmware="1.0")
    answer = client.get(here.url("firmware"))
    found = {(v.model, v.firmware): (v.devices, v.outdated) for v in answer.context["versions"]}
    assert found["BS-20", "2.9.4"] == (1, True)
    assert found["BS-20", "2.10.0"] == (2, False)
    assert found["BS-20", ""] == (1, False)
    assert found["BA-6", "1.0"] == (1, False)
    outdated = client.get(here.url("firmware"), {"version": "outdated"}).context["rows"]
    assert [(device.code, device.newest) for device in outdated] == [("a", "2.10.0")]
    newest = client.get(here.url("firmware"), {"version": "newest"}).context["rows"]
    assert {"b", "c", "e"} <= {device.code for device in newest}
    assert not {"a", "d"} & {device.code for device in newest}


def test_the_csv_file_of_firmware_has_the_list_s_rows_and_no_formula(here, client):
    sensor(here, "a", name="=HYPERLINK()", model="BS-20", firmware="2.9.4")
    sensor(here, "b", model="BS-20", firmware="2.10.0")
    _header, *rows = lines(client.get(here.url("firmware"), {"q": "bs-20", "export": "csv"}))
    assert rows == [
        ["a", "'=HYPERLINK()", "gatehouse", "BS-20", "2.9.4", "2.10.0"],
        ["b", "", "gatehouse", "BS-20", "2.10.0", "2.10.0"],
    ]


# -- batteries ------------------------------------------------------------------------------------


@pytest.fixture
def batteries(here):
    now = clock.now()
    measure(sensor(here, "full"), now, battery__percent=97, signal__rssi=-60)
    measure(sensor(here, "weak"), now - timedelta(hours=2), battery__percent=12.5)
    measure(sensor(here, "volts"), now, battery__volt=3.1)
    measure(sensor(here, "mains"), now, temperature__c=20)
    measure(sensor(here, "theirs", site=SiteFactory()), now, battery__percent=1)


def test_batteries_are_listed_lowest_first_with_their_signal(here, client, batteries):
    shown = client.get(here.url("batteries")).context["page"]
    found = [(each.device.code, each.percent, each.volt, each.rssi) for each in shown]
    assert found == [
        ("weak", 12.5, None, None),
        ("full", 97, None, -60),
        ("volts", None, 3.1, None),
    ]


def test_batteries_below_a_limit_are_filtered(here, client, batteries):
    shown = client.get(here.url("batteries"), {"below": "20"}).context["page"]
    assert [each.device.code for each in shown] == ["weak"]
    wrong = client.get(here.url("batteries"), {"below": "-3"}).context["page"]
    assert len(wrong) == 3


def test_the_csv_file_of_batteries_has_the_list_s_rows(here, client, batteries):
    header, row = lines(client.get(here.url("batteries_file"), {"below": "20"}))
    assert header[:4] == ["Device", "Name", "%", "V"]
    assert row[:5] == ["weak", "", "12.5", "", ""]
    assert row[5].endswith("+08:00")


def test_the_pages_of_the_fleet_link_to_each_other(here, client):
    shown = text(client.get(here.url("batteries")))
    for name in ("devices", "fleet_health", "firmware"):
        assert here.url(name) in shown
