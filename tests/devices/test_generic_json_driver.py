"""Generic JSON: events by a mapping, rejections, and the presets."""

import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.appliance.places import CODE
from core.errors import Rejection
from devices import drivers, events
from devices.drivers import generic_json
from devices.drivers.contract import DeviceCommand, Sender, Source
from tests.devices.mappings import OCCUPIED, TEMPERATURE, one
from tests.devices.messages import RECORDED

NOW = datetime(2026, 5, 4, 8, 30, tzinfo=UTC)
SHANGHAI = "Asia/Shanghai"


def source(options: dict, timezone: str = SHANGHAI) -> Source:
    kept = json.loads(json.dumps(generic_json.check_options(options)))  # as the database gives it
    return Source(7, 3, "sensor-1", kept, timezone)


def read(options: dict, said: object, now: datetime = NOW) -> events.Event:
    payload = said if isinstance(said, bytes) else json.dumps(said).encode()
    return generic_json.read(source(options), Sender("sensor-1", "own"), payload, now)


def values(options: dict, said: object) -> dict[str, float]:
    return dict(read(options, said).values)


def rejection(options: dict, said: object) -> Rejection:
    with pytest.raises(Rejection) as refused:
        read(options, said)
    return refused.value


# -- numbers -------------------------------------------------------------------------------------


def test_a_number_is_scaled_and_shifted():
    assert values(one("/mv", scale="0.001", offset="-1"), {"mv": 3600}) == {"n": 2.6}


def test_a_number_may_come_as_a_text():
    assert values(one("/t"), {"t": " -3.50 "}) == {"n": -3.5}


def test_a_payload_may_be_a_bare_number():
    assert values(one(""), b"23.5") == {"n": 23.5}


def test_a_scale_of_tenths_makes_tenths_and_no_binary_dust():
    assert values(one("/t", scale="0.1"), {"t": 235}) == {"n": 23.5}
    assert values(one("/t", scale="0.1"), {"t": 3}) == {"n": 0.3}


@given(
    st.integers(-(10**12), 10**12),
    st.decimals(
        allow_nan=False, allow_infinity=False, places=6, min_value=-(10**6), max_value=10**6
    ).filter(bool),
    st.decimals(
        allow_nan=False, allow_infinity=False, places=6, min_value=-(10**6), max_value=10**6
    ),
)
def test_every_number_is_value_times_scale_plus_offset(value, scale, offset):
    options = one("/v", scale=str(scale), offset=str(offset))
    expected = float(Decimal(value) * scale + offset)
    assert values(options, {"v": value}) == values(options, {"v": str(value)}) == {"n": expected}


def escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


names = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)


@given(st.lists(st.one_of(names, st.integers(0, 3)), max_size=6), st.integers(-1000, 1000))
def test_a_pointer_finds_the_value_at_its_path(path, number):
    said: object = number
    for step in reversed(path):
        said = [None] * step + [said] if isinstance(step, int) else {"other": 1, step: said}
    pointer = "".join(f"/{escaped(str(step))}" for step in path)
    assert values(one(pointer), said) == {"n": number}


@pytest.mark.parametrize("pointer", ["/list/-", "/list/2", "/list/01", "/list/x", "/no", "/a/b/c"])
def test_a_pointer_without_a_value_is_rejected_by_name(pointer):
    refused = rejection(one(pointer), {"list": [1, 2], "a": 5})
    assert (refused.field, refused.message) == (pointer, "is not in the message")
    assert "correct the pointer of n" in refused.hint
    assert "select Optional" in refused.hint


def test_what_is_optional_may_be_missing_or_null():
    both = {"metrics": [TEMPERATURE, {"metric": "hum", "pointer": "/h", "optional": True}]}
    assert values(both, {"temp": 20}) == {"temperature.c": 20}
    assert values(both, {"temp": 20, "h": None}) == {"temperature.c": 20}
    assert values(both, {"temp": 20, "h": 50}) == {"temperature.c": 20, "hum": 50}


def test_a_message_without_mapped_values_is_a_sign_of_life():
    heard = read(one("/t", optional=True), {"uptime": 7})
    assert isinstance(heard, events.Measured)
    assert heard.values == {}


@pytest.mark.parametrize(
    "value",
    [True, "warm", "23,5", "1_000", "٣", "NaN", "", "0x1F", [1], {}, 1e300, "9" * 200, "1e400"],
)
def test_a_value_that_is_not_a_number_is_rejected_even_if_optional(value):
    refused = rejection(one("/t", optional=True), {"t": value})
    assert refused.field == "/t"
    assert "select Optional" not in refused.hint


@pytest.mark.parametrize(
    ("part", "hint"),
    [
        ({"at": {"pointer": "/gone", "form": "rfc3339"}}, "choose none for the time"),
        ({"at": {"pointer": "/gone", "form": "unix_ms"}}, "choose none for the time"),
        ({"id": "/gone"}, "leave it empty"),
        ({"occupied": {"pointer": "/gone", "yes": ["1"], "no": ["0"]}}, "not every message"),
    ],
)
def test_a_missing_time_id_or_word_has_a_hint_for_the_mapping(part, hint):
    refused = rejection({**one("/t"), **part}, {"t": 1})
    assert (refused.field, refused.message) == ("/gone", "is not in the message")
    assert refused.hint.startswith("correct the pointer, or ")
    assert hint in refused.hint


@pytest.mark.parametrize(
    "payload",
    [b"", b"{", b"ON", b"\xff", b"NaN", b"[" * 100_000, b"1" * 5_000, b" " * 300_000, b"1e400"],
)
def test_a_payload_that_is_not_json_is_rejected(payload):
    assert rejection(one(""), payload).field == "payload"


# -- time and identity ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "value"),
    [
        ("rfc3339", "2026-05-04T16:29:15.250+08:00"),
        ("local", "2026-05-04 16:29:15.250"),
        ("local", "2026-05-04T16:29:15.25"),
        ("unix_s", 1777883355.25),
        ("unix_s", "1777883355.25"),
        ("unix_ms", 1777883355250),
    ],
)
def test_the_device_s_time_is_read_in_each_of_its_forms(form, value):
    options = {"metrics": [TEMPERATURE], "at": {"pointer": "/t", "form": form}}
    measured = read(options, {"temp": 1, "t": value})
    assert measured.at == datetime(2026, 5, 4, 8, 29, 15, 250_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("form", "value"),
    [
        ("rfc3339", "2026-05-04 16:29:15"),
        ("rfc3339", None),
        ("local", "2026-05-04T16:29:15Z"),
        ("unix_s", 1777883355250),
        ("unix_ms", 1777883355),
        ("unix_s", "now"),
        ("unix_s", True),
        ("unix_ms", -1),
        ("rfc3339", "2026-05-04T16:40:15+08:00"),
        ("rfc3339", "2026-03-04T16:40:15+08:00"),
    ],
)
def test_a_time_of_another_format_or_day_is_rejected(form, value):
    options = {"metrics": [TEMPERATURE], "at": {"pointer": "/t", "form": form}}
    assert rejection(options, {"temp": 1, "t": value}).field == "/t"


def test_without_a_time_of_its_own_a_message_is_of_when_it_came():
    measured = read({"metrics": [TEMPERATURE]}, {"temp": 1})
    assert measured.at == measured.received_at == NOW


def key(options: dict, said: object, now: datetime = NOW) -> str:
    return read(options, said, now).key


def test_a_second_copy_with_a_time_or_an_id_has_the_same_key_whenever_it_comes():
    later = NOW + timedelta(minutes=1)
    timed = {"occupied": OCCUPIED, "at": {"pointer": "/t", "form": "unix_s"}}
    said = {"car": True, "t": NOW.timestamp()}
    assert key(timed, said) == key(timed, said, later)
    assert key(timed, said) != key(timed, {**said, "car": False})
    named = {"occupied": OCCUPIED, "id": "/n"}
    assert key(named, {"car": True, "n": 5}) == key(named, {"car": True, "n": 5}, later) == "5"


def test_without_a_time_and_an_id_the_same_words_later_are_another_message():
    plain = {"occupied": OCCUPIED}
    assert key(plain, {"car": True}) != key(plain, {"car": True}, NOW + timedelta(seconds=1))


@pytest.mark.parametrize("value", [None, "", "x" * 81, [1], {}])
def test_an_invalid_id_is_rejected(value):
    assert rejection({"occupied": OCCUPIED, "id": "/n"}, {"car": True, "n": value}).field == "/n"


# -- what it becomes -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "occupied"),
    [(True, True), ("occupied", True), ("OCCUPIED ", True), ("true", True), ("free", False)],
)
def test_a_bay_sensor_reports_its_bay_with_its_numbers(value, occupied):
    options = {"occupied": OCCUPIED, "metrics": [TEMPERATURE]}
    changed = read(options, {"car": value, "temp": 4})
    assert isinstance(changed, events.BayChanged)
    assert (changed.occupied, changed.values) == (occupied, {"temperature.c": 4})


def test_one_and_one_point_nought_and_a_text_of_it_mean_the_same():
    options = {"occupied": {"pointer": "/s", "yes": ["1"], "no": [0]}}
    assert [read(options, {"s": s}).occupied for s in (1, 1.0, "1", 0, "0")] == [1, 1, 1, 0, 0]


@pytest.mark.parametrize("value", ["unknown", 2, None, [], "not true"])
def test_a_bay_is_never_guessed(value):
    refused = rejection({"occupied": OCCUPIED}, {"car": value})
    assert refused.field == "/car"


def test_a_sensor_without_a_bay_state_reports_its_numbers():
    options = {"occupied": {**OCCUPIED, "optional": True}, "metrics": [TEMPERATURE]}
    assert isinstance(read(options, {"temp": 4}), events.Measured)


def test_a_device_s_own_word_on_being_online():
    options = {"online": {"pointer": "/s", "yes": ["online"], "no": ["offline"]}}
    assert [read(options, {"s": word}).online for word in ("online", "offline")] == [True, False]


def test_a_device_that_reports_its_firmware_is_online():
    options = {"metrics": [TEMPERATURE], "firmware": "/fw"}
    told = read(options, {"temp": 4, "fw": "1.2"})
    assert isinstance(told, events.StateReported)
    assert (told.online, told.firmware, told.values) == (True, "1.2", {"temperature.c": 4})
    assert isinstance(read(options, {"temp": 4}), events.Measured)
    assert rejection(options, {"temp": 4, "fw": ["1.2"]}).field == "/fw"


def test_a_device_without_a_mapping_has_its_messages_kept_until_it_has_one():
    refused = rejection({}, {"temp": 4})
    assert refused.field == "options"
    assert "replay" in refused.hint


def test_it_accepts_no_commands():
    command = DeviceCommand(
        device_code="a", serial=None, site="s", timezone="UTC", body={"action": "open", "args": {}}
    )
    with pytest.raises(Rejection, match="takes no command"):
        generic_json.write(command)


def test_no_topic_is_its_own():
    assert drivers.driver("generic-json") is generic_json
    assert generic_json.sender("anything/at/all", b"{}") is None


# -- presets -------------------------------------------------------------------------------------

BECOMES = {
    "bay-magnetic": (events.BayChanged, {"temperature.c": -1, "signal.rssi": -36}),
    "bay-magnetic-battery": (
        events.BayChanged,
        {"battery.volt": 3.344, "temperature.c": -10, "signal.rssi": -36},
    ),
    "bay-radar": (
        events.BayChanged,
        {"battery.good": 1, "temperature.c": 23, "signal.rssi": -35},
    ),
    "pulse-meter": (
        events.Measured,
        {"register.m3": 0.256, "battery.percent": 92, "signal.rssi": -36},
    ),
    "register-water": (events.Measured, {"register.m3": 6.054, "signal.rssi": -36}),
    "register-energy-shelly": (events.Measured, {"register.kwh": 6.6449}),
    "register-energy-tasmota": (
        events.Measured,
        {"register.kwh": 1.956, "power.w": 9, "voltage.volt": 231},
    ),
    "climate-things": (
        events.Measured,
        {
            "temperature.c": 20,
            "humidity.percent": 30,
            "battery.percent": 50,
            "signal.rssi": -35,
        },
    ),
    "climate-zigbee": (events.Measured, {"temperature.c": 27.34, "humidity.percent": 44.72}),
}
TOLD_AT = {
    "bay-radar": datetime(2020, 2, 12, 15, 15, 46, 14_773, tzinfo=UTC),
    "climate-things": datetime(2020, 2, 12, 15, 15, 46, 14_773, tzinfo=UTC),
    "register-energy-shelly": datetime(2024, 2, 14, 17, 16, 13, 210_000, tzinfo=UTC),
    "register-energy-tasmota": datetime(2018, 1, 17, 10, 59, 50, tzinfo=UTC),
    "climate-zigbee": NOW,
}
OF_CHIRPSTACK = datetime(2022, 7, 18, 9, 34, 15, 775_023, tzinfo=UTC)


@pytest.mark.parametrize("name", [preset.name for preset in generic_json.PRESETS])
def test_a_preset_reads_its_maker_s_documented_message(name):
    at = TOLD_AT.get(name, OF_CHIRPSTACK)
    payload = (RECORDED / "generic-json" / f"{name}.json").read_bytes()
    said = read({"preset": name}, payload, at)
    assert (type(said), dict(said.values)) == BECOMES[name]
    assert said.at == at
    if isinstance(said, events.BayChanged):
        assert said.occupied == (name != "bay-magnetic-battery")


# -- its page ------------------------------------------------------------------------------------

PAGE = (CODE / "docs" / "devices" / "generic-json.md").read_text()


def written(n: int) -> dict:
    """The JSON of the page's n-th example."""
    return json.loads(re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)[n])


def test_the_page_s_five_minutes_end_with_the_numbers_that_it_promises():
    rows = re.findall(r"\| `([\w.]+)` \| `(/[\w/]+)` \| (\S+) \| ?([\d.]*) \| (.*?) ?\|", PAGE)
    metrics = [
        {"metric": metric, "pointer": pointer, "unit": unit, "scale": scale, "optional": bool(more)}
        for metric, pointer, unit, scale, more in rows
    ]
    options = {"metrics": metrics, "at": {"pointer": "/ts", "form": "unix_s"}}
    assert values(options, written(0)) == {
        "temperature.c": 18.7,
        "humidity.percent": 61.5,
        "battery.volt": 2.95,
    }


def test_the_page_s_options_and_presets_are_those_that_there_are():
    generic_json.check_options(written(1))
    for preset in generic_json.PRESETS:
        assert f"| `{preset.name}` |" in PAGE
