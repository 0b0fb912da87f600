"""Generic JSON: named values in a list, several readings in a message, units behind numbers."""

import itertools
import json
from datetime import UTC, datetime, timedelta

import pytest

from core import clock
from core.errors import Rejection
from devices import events, inbound
from devices.drivers import generic_json
from devices.drivers.contract import Sender, Source
from devices.models import DeadLetter, DeviceEvent
from devices.telemetry.models import Measurement
from tests.devices.mappings import one
from tests.factories import DeviceFactory

NOW = datetime(2026, 5, 4, 8, 30, tzinfo=UTC)
START = int(NOW.timestamp()) - 3_600
NAMED = {
    "metrics": [
        {"metric": "temperature.c", "pointer": "/values/[name=temp]/value"},
        {"metric": "humidity.percent", "pointer": "/values/[name=hum]/value"},
    ]
}
READINGS = {
    "readings": "/data",
    "at": {"pointer": "/ts", "form": "unix_s"},
    "metrics": [{"metric": "temperature.c", "pointer": "/t"}],
}


def read_all(options: dict, said: object) -> list[events.Event]:
    kept = json.loads(json.dumps(generic_json.check_options(options)))
    source = Source(7, 3, "sensor-1", kept, "Asia/Shanghai")
    payload = said if isinstance(said, bytes) else json.dumps(said).encode()
    return list(generic_json.read_all(source, Sender("sensor-1", "own"), payload, NOW))


def values(options: dict, said: object) -> dict[str, float]:
    (event,) = read_all(options, said)
    return dict(event.values)


def rejection(options: dict, said: object) -> tuple[str, str]:
    with pytest.raises(Rejection) as caught:
        read_all(options, said)
    return caught.value.field, caught.value.code


# -- named values --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "entries",
    list(
        itertools.permutations(
            [{"name": "temp", "value": 21.5}, {"name": "hum", "value": 60}, {"name": "co2"}]
        )
    ),
)
def test_named_values_are_selected_by_name_in_any_order(entries):
    assert values(NAMED, {"values": entries}) == {"temperature.c": 21.5, "humidity.percent": 60}


@pytest.mark.parametrize(
    ("pointer", "message"),
    [
        ("/[n=temp]/v", [{"n": "hum", "v": 1}, {"n": "temp", "v": 7}]),
        ("/l/[id=3]/v", {"l": [{"id": 13, "v": 1}, {"id": 3, "v": 7}, {"id": "30", "v": 2}]}),
        ("/l/[id=3]/v", {"l": [{"id": "3", "v": 7}, {"id": None}, 5, "text", []]}),
        ("/l/[on=true]/v", {"l": [{"on": False, "v": 1}, {"on": True, "v": 7}]}),
        ("/l/[name=Temp]/v", {"l": [{"name": "temp ", "v": 7}]}),
        ("/l/[name=a~1b]/v", {"l": [{"name": "a", "v": 1}, {"name": "a/b", "v": 7}]}),
        ("/l/[name=a=b]/v", {"l": [{"name": "a=b", "v": 7}]}),
        ("/l/[name=a]/m/[k=2]/v", {"l": [{"name": "a", "m": [{"k": 1}, {"k": 2, "v": 7}]}]}),
        ("/[a=b]", {"[a=b]": 7}),
        ("/l/[x]", {"l": {"[x]": 7}}),
    ],
)
def test_a_selector_compares_as_a_mapping_compares_words(pointer, message):
    assert values(one(pointer), message) == {"n": 7}


def test_a_name_that_is_missing_or_there_twice_is_rejected():
    field = "/values/[name=temp]/value"
    hum = {"name": "hum", "value": 1}
    assert rejection(NAMED, {"values": [hum]}) == (field, "metric_not_found")
    twice = [{"name": "temp", "value": 1}, {"name": "temp", "value": 2}, hum]
    assert rejection(NAMED, {"values": twice}) == (field, "selector_ambiguous")
    assert values(one(field, optional=True), {"values": [hum]}) == {}


# -- readings ------------------------------------------------------------------------------------


def test_all_readings_of_a_message_are_read_oldest_first():
    rows = [{"ts": START + 60 * n, "t": 20 + n} for n in (2, 0, 1)]
    found = read_all(READINGS, {"data": rows})
    assert [event.values["temperature.c"] for event in found] == [20, 21, 22]
    assert [(event.at - found[0].at).seconds for event in found] == [0, 60, 120]
    assert len({event.key for event in found}) == 3


def test_readings_may_be_the_whole_message_a_single_object_or_none():
    whole = {**READINGS, "readings": ""}
    assert len(read_all(whole, [{"ts": START, "t": 1}, {"ts": START + 1, "t": 2}])) == 2
    assert len(read_all(READINGS, {"data": {"ts": START, "t": 1}})) == 1
    (alive,) = read_all(READINGS, {"data": []})
    assert (alive.at, dict(alive.values)) == (NOW, {})


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({}, ("/data", "readings_not_found")),
        ({"data": [{"ts": START, "t": 1}, {"t": 2}]}, ("/ts", "time_not_found")),
        ({"data": [{"ts": START, "t": 1}, {"ts": START}]}, ("/t", "metric_not_found")),
        ({"data": [{"ts": START, "t": 1}] * 1001}, ("/data", "list_size")),
    ],
)
def test_one_reading_at_fault_rejects_the_message(message, expected):
    assert rejection(READINGS, message) == expected


def test_readings_need_a_time_of_their_own():
    with pytest.raises(Rejection) as caught:
        generic_json.check_options({**one("/t"), "readings": "/data"})
    assert (caught.value.field, caught.value.code) == ("options.at", "readings_without_time")


@pytest.mark.django_db
def test_all_readings_are_stored_and_a_duplicate_changes_nothing():
    device = DeviceFactory(
        kind="bay_sensor",
        driver="generic-json",
        serial=None,
        topic="bay/7",
        options=generic_json.check_options(
            {**READINGS, "occupied": {"pointer": "/car", "yes": ["1"], "no": ["0"]}}
        ),
    )
    now = clock.now()
    rows = [
        {"ts": int((now - timedelta(minutes=n)).timestamp()), "t": 20 + n, "car": n % 2}
        for n in range(4)
    ]
    payload = json.dumps({"data": rows}).encode()
    event = inbound.receive("bay/7", payload, now)
    assert event is not None, DeadLetter.objects.values()
    assert event.occupied is False, "the newest is returned"
    assert inbound.receive("bay/7", payload, now + timedelta(seconds=1)) is not None
    assert DeviceEvent.objects.filter(device=device, type="bay").count() == 4
    assert Measurement.objects.filter(device=device).count() == 4


# -- units ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", ["3.66V", "3.66 V", " 3.66  V ", "3.66", 3.66])
def test_the_named_unit_may_stand_behind_the_number(said):
    assert values(one("/bat", suffix="V"), {"bat": said}) == {"n": 3.66}


@pytest.mark.parametrize(
    ("suffix", "said"),
    [("V", "3660mV"), ("V", "3.66VV"), ("V", "V"), ("V", "3.66v"), ("", "3.66V"), ("°C", "5 °F")],
)
def test_another_unit_is_rejected(suffix, said):
    assert rejection(one("/bat", suffix=suffix), {"bat": said})[1] == "metric_not_a_number"


@pytest.mark.parametrize(("suffix", "said"), [("%", "61.5 %"), ("°C", "-4°C"), ("kWh", "12kWh")])
def test_units_of_any_kind_are_named_in_the_mapping(suffix, said):
    assert values(one("/v", suffix=suffix), {"v": said})["n"] == float(said.rstrip(suffix + " "))


# -- byte order marks ----------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_message_may_begin_with_a_byte_order_mark_or_be_utf_16(encoding):
    assert values(one("/温度"), '{"温度": 21.5}'.encode(encoding)) == {"n": 21.5}
