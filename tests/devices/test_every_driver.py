"""Properties of every driver: any payload becomes an event or a rejection; rules match topics."""

import dataclasses
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paho.mqtt.client import topic_matches_sub

from console.devices.actions import ACTIONS
from core.errors import Rejection
from devices.drivers import DRIVERS
from devices.drivers.contract import Driver, OutgoingMessage, Sender, SignsInWith, Source
from devices.events import Event
from devices.telemetry.message import TOPIC as TELEMETRY
from tests.devices.device_commands import device_command
from tests.devices.messages import RECORDED

# The devices of the recorded messages, and the time that these were sent.
NAMES = {
    "face-mqtt": "1306612",
    "face-request": "75b994c0-578b65a4",
    "uhppote": "405419896",
    "vzenith-legacy": "0f823866-d2dc45ab",
    "vzenith-mqtt": "265e1040-85e01fb7",
}
TIMES = [
    datetime(2018, 1, 17, 11, tzinfo=UTC),
    datetime(2020, 2, 12, 15, 16, tzinfo=UTC),
    datetime(2021, 5, 25, 7, 10, tzinfo=UTC),
    datetime(2022, 2, 28, 16, 1, tzinfo=UTC),
    datetime(2022, 7, 18, 9, 35, tzinfo=UTC),
    datetime(2024, 2, 14, 17, 17, tzinfo=UTC),
    datetime(2026, 5, 4, 8, 31, tzinfo=UTC),
]
# Options with which more of a driver is reached than with none.
OPTIONS: dict[str, list[dict[str, Any]]] = {
    "face-mqtt": [{"shared_topic": True, "keep_temperature": True}],
    "face-request": [{"shared_topic": True, "keep_temperature": True}],
    "uhppote": [{"open_card": 8165538}],
    "vzenith-legacy": [{"shared_topic": True}],
}
ZONE = "Asia/Shanghai"
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
LONGEST_KEY = 120  # DeviceEvent.key

every_driver = pytest.mark.parametrize("driver", DRIVERS.values(), ids=DRIVERS)
# Of each driver, and others in each run.
fuzzed = settings(max_examples=50, deadline=None)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from([2**63, 1e308, "", "1970-01-01 00:00:00", [1], ["沪A12345"]]),
)


def nested(leaves: st.SearchStrategy) -> st.SearchStrategy:
    """Any JSON value of these."""
    return st.recursive(
        leaves,
        lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=8), inside),
        max_leaves=6,
    )


anything = nested(scalars | st.sampled_from([10**400, "\x00", "\ud800"]))
# What our own database could hold: arguments and options come from there.
entered = nested(scalars)


def name_of(driver: Driver) -> str:
    return NAMES.get(driver.MANIFEST.name, "device-1")


def fill(pattern: str, name: str) -> str:
    """A topic that the filter matches."""
    filled = pattern.replace("{name}", name).replace("{site}", "park").replace("{topic}", "a/b")
    return filled.replace("+", name).replace("#", "more")


def addresses(driver: Driver) -> list[str]:
    """One topic for each of the filters that the driver listens to; its device's own, else."""
    manifest = driver.MANIFEST
    filters = [*manifest.topics, *manifest.topics_of_device]
    shared = [topic for more in manifest.publishes_if.values() for topic in more]
    return [fill(one, name_of(driver)) for one in [*filters, *shared]] or [""]


def options_of(driver: Driver) -> list[dict[str, Any]]:
    presets = [dict(preset.options) for preset in getattr(driver, "PRESETS", ())]
    entered = presets or OPTIONS.get(driver.MANIFEST.name, [{}])
    return [driver.MANIFEST.check_options(options) for options in entered]


@cache
def recorded(driver: Driver) -> list[bytes]:
    """Every message in the driver's folder, text or binary; editors add a newline to texts."""
    files = sorted((RECORDED / driver.MANIFEST.name).iterdir())
    return [
        file.read_bytes() if file.suffix == ".bin" else file.read_bytes().strip()
        for file in files
        if file.name != "README.md"
    ]


def places(node: Any, path: tuple = ()) -> Iterator[tuple]:
    """The way to each value inside."""
    yield path
    if isinstance(node, dict | list):
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            yield from places(value, (*path, key))


def replaced(node: Any, path: tuple, value: Any) -> Any:
    """A copy in which the value at the end of the way is another."""
    if not path:
        return value
    copy = node.copy()
    copy[path[0]] = replaced(node[path[0]], path[1:], value)
    return copy


@st.composite
def messages(draw: st.DrawFn, driver: Driver) -> bytes:
    """Bytes, any JSON, or a recorded message in which something is another."""
    kind = draw(st.integers(0, 9))
    if kind == 0:
        return draw(st.binary(max_size=60))
    if kind == 1:
        return json.dumps(draw(anything)).encode()
    whole = draw(st.sampled_from(recorded(driver)))
    try:
        said = json.loads(whole)
    except ValueError:
        first, last = sorted(draw(st.tuples(*[st.integers(0, len(whole))] * 2)))
        return whole[:first] + draw(st.binary(max_size=5)) + whole[last:]
    return json.dumps(
        replaced(said, draw(st.sampled_from(list(places(said)))), draw(anything))
    ).encode()


def attempt(call: Callable[..., Any], *args: Any) -> Any:
    """What it returns, or the rejection, which names a field; anything else fails the test."""
    try:
        return call(*args)
    except Rejection as rejection:
        return rejection


def read(driver: Driver, topic: str, source: Source, payload: bytes, now: datetime) -> Any:
    """The event or the rejection; None if no driver has the topic."""
    sender = attempt(driver.sender, topic, payload) if topic else Sender(source.name, "own")
    if not isinstance(sender, Sender):
        return sender
    return attempt(driver.read, source, sender, payload, now)


def check(event: Event, source: Source) -> None:
    """It can be stored, and is the device's own."""
    assert (event.device_id, event.site_id) == (source.device_id, source.site_id)
    assert 0 < len(event.key) <= LONGEST_KEY
    assert event.at.tzinfo is not None
    for field in dataclasses.fields(event):
        value = getattr(event, field.name)
        assert not (isinstance(value, str) and UNSTORABLE.search(value)), field.name


@every_driver
def test_any_payload_is_an_event_or_a_rejection(driver):
    @fuzzed
    @given(st.data())
    def whatever(data):
        options = data.draw(st.sampled_from(options_of(driver)))
        source = Source(7, 3, name_of(driver), options, ZONE)
        topic = data.draw(st.sampled_from(addresses(driver)))
        payload = data.draw(messages(driver))
        said = read(driver, topic, source, payload, data.draw(st.sampled_from(TIMES)))
        assert isinstance(said, Event | Rejection)
        if isinstance(said, Event):
            check(said, source)

    whatever()


@every_driver
def test_messages_reach_it_on_its_topics(driver):
    """What is tried here is no shadow: some recorded message is an event."""
    said = [
        read(driver, topic, Source(7, 3, name_of(driver), options, ZONE), payload, at)
        for payload in recorded(driver)
        for topic in addresses(driver)
        for options in options_of(driver)
        for at in TIMES
    ]
    assert any(isinstance(one, Event) for one in said), said[:3]


@every_driver
def test_any_topic_is_its_own_or_not(driver):
    level = st.text(alphabet="ab+#/$", max_size=4) | st.sampled_from(["uhppoted", "gh", "device"])

    @fuzzed
    @given(st.lists(level, max_size=6).map("/".join), messages(driver))
    def any_topic(topic, payload):
        sender = attempt(driver.sender, topic, payload)
        assert isinstance(sender, Sender | Rejection | None)

    any_topic()


@every_driver
def test_any_payload_is_acknowledged_and_redacted_without_a_fault(driver):
    reply, strip = getattr(driver, "acknowledge", None), getattr(driver, "redact", None)

    @fuzzed
    @given(messages(driver), st.sampled_from(addresses(driver)))
    def whatever(payload, topic):
        source = Source(7, 3, name_of(driver), options_of(driver)[0], ZONE)
        sender = attempt(driver.sender, topic, payload)
        if reply and isinstance(sender, Sender):
            assert isinstance(reply(source, sender, payload), OutgoingMessage | None)
        assert strip is None or isinstance(strip(payload), bytes)

    whatever()


@every_driver
def test_any_command_is_written_or_rejected_and_its_device_receives_it(driver):
    manifest = driver.MANIFEST
    actions = st.sampled_from(sorted(manifest.actions)) if manifest.actions else st.nothing()
    name = name_of(driver) if manifest.signs_in_with == SignsInWith.SERIAL else "device"
    hears = [one.replace("{site}", "park").replace("{name}", name) for one in manifest.subscribes]

    words = st.text(max_size=8) | st.sampled_from(
        ["door", "card", "put", "delete", "doors", "data"]
    )

    @fuzzed
    @given(actions | st.text(max_size=5), st.dictionaries(words, entered), st.data())
    def any_command(action, args, data):
        options = data.draw(st.sampled_from(options_of(driver)))
        made = device_command(action, name_of(driver), options)
        made = dataclasses.replace(made, body={**made.body, "args": args})
        sent = attempt(driver.write, made)
        assert isinstance(sent, OutgoingMessage | Rejection)
        if isinstance(sent, OutgoingMessage):
            assert action in manifest.actions
            assert any(topic_matches_sub(one, sent.topic) for one in hears), sent.topic

    any_command()


@every_driver
def test_any_options_are_stored_or_rejected(driver):
    known = st.sampled_from(["shared_topic", "gateway", "open_card", "metrics", "at", "interval_s"])

    @fuzzed
    @given(st.dictionaries(known | st.text(max_size=8), entered, max_size=4))
    def any_options(options):
        kept = attempt(driver.MANIFEST.check_options, options)
        if isinstance(kept, Rejection):
            assert kept.field.startswith("options")
        else:
            assert json.loads(json.dumps(kept)) == kept

    any_options()


@every_driver
def test_its_buttons_are_actions_that_the_console_has_no_word_for(driver):
    manifest = driver.MANIFEST
    assert set(manifest.buttons) <= manifest.actions - set(ACTIONS)


@every_driver
def test_its_devices_may_publish_on_topics_that_it_parses_and_on_no_others(driver):
    manifest = driver.MANIFEST
    if manifest.own_topic:
        assert manifest.publishes == ("{topic}",)
        return
    shared = {topic for more in manifest.publishes_if.values() for topic in more}
    for rule in {*manifest.publishes, *manifest.relays, *shared}:
        assert not {"+", "#"} & set(rule), rule  # a device could retain any number of messages
        topic = rule.replace("{device}", "405419897").replace("{name}", name_of(driver))
        topic = topic.replace("{site}", "park")
        found = attempt(driver.sender, topic, b"{}")
        assert found is not None or topic_matches_sub(TELEMETRY, topic), rule


@every_driver
def test_what_its_devices_may_publish_is_listened_to(driver):
    manifest = driver.MANIFEST
    may = [*manifest.publishes, *(t for more in manifest.publishes_if.values() for t in more)]
    listened = [*manifest.topics, *manifest.topics_of_device]
    if manifest.own_topic:
        assert "{topic}" in may
        return
    filters = [one.replace("{name}", name_of(driver)) for one in (*listened, TELEMETRY)]
    for one in may:
        topic = one.replace("{name}", name_of(driver)).replace("{site}", name_of(driver))
        assert any(topic_matches_sub(each, topic) for each in filters), f"{one} of {listened}"
