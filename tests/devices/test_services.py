"""The registry, and what a person does about dead letters."""

import pytest

from core import clock
from core.errors import Rejection
from core.models import AuditEntry
from devices import commands, events, inbound, selectors, services
from devices.models import DeadLetter, Device, DeviceEvent
from devices.telemetry.message import SYNC_TOPIC
from tests.devices.made_up import made_up_driver
from tests.devices.messages import own, up
from tests.factories import DeviceFactory, SiteFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def site():
    return SiteFactory(slug="park")


def register(site, **fields: object) -> tuple[Device, str]:
    given = {"code": "bay-7", "kind": "bay_sensor", "driver": "gatehouse", **fields}
    return services.register_device(site, **given)


def only_letter(device) -> DeadLetter:
    """A dead letter: the device was disabled when it spoke."""
    device.enabled = False
    device.save()
    inbound.receive(up(device), own(type="bay", occupied=True, id="e1"), clock.now())
    device.enabled = True
    device.save()
    return DeadLetter.objects.get()


# -- the registry ------------------------------------------------------------------------------


def test_a_registered_device_is_stored_and_the_actor_audited(site):
    device, _ = register(site, actor="keeper")
    assert Device.objects.get() == device
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.detail) == ("register device", {"code": "bay-7"})


@pytest.mark.parametrize(
    ("driver", "given"),
    [
        ("vzenith-legacy", {"options": {"shared_topic": True}}),
        ("generic-json", {"topic": "lora/bay-7", "options": {"gateway": "north"}}),
    ],
)
def test_what_widens_a_device_s_rules_at_the_broker_is_on_record(site, driver, given):
    register(site, code="north")
    register(site, driver=driver, serial="SN7", **given)
    recorded = AuditEntry.objects.latest("pk").detail
    expected = {"code": "bay-7", **given["options"]}
    assert recorded == expected | ({"topic": given["topic"]} if "topic" in given else {})


def test_no_device_takes_the_account_that_controls_the_broker(site, settings):
    settings.MQTT_URL = "mqtt://fleet:x@broker:1883"
    for fields in ({"code": "fleet"}, {"serial": "fleet"}):
        with pytest.raises(Rejection, match="fleet"):
            register(site, **fields)


@pytest.mark.parametrize(
    "topic",
    [
        "%c",
        "a/%u",
        "%c/a",
        "a/%u/b",
        "a\u2028topic write SN1/x",
        "a\x85b",
        "$CONTROL/x",
        SYNC_TOPIC,
    ],
)
def test_a_topic_is_what_no_broker_reads_as_another_rule(site, topic):
    with pytest.raises(Rejection) as refused:
        register(site, driver="generic-json", topic=topic)
    assert refused.value.field == "topic"


def test_no_controller_gets_commands_from_another_site_s_gateway(site):
    door = {"kind": "door", "driver": "uhppote"}
    register(site, code="door-1", serial="405419896", **door)
    beside = {"code": "door-2", "serial": "303986753", "options": {"gateway": "405419896"}}
    with pytest.raises(Rejection, match="not another device of this site") as refused:
        register(SiteFactory(), **door, **beside)
    assert refused.value.field == "options.gateway"
    register(site, **door, **beside)
    own = {"code": "door-3", "serial": "201020304", "options": {"gateway": "201020304"}}
    register(site, **door, **own)


def test_a_device_has_its_drivers_interval_unless_another_is_chosen(site, monkeypatch):
    made_up_driver(monkeypatch)
    fields = {"kind": "meter", "driver": "acme"}
    device, _ = register(site, code="a", serial="0042c3f7", **fields)
    other, _ = register(site, code="b", serial="0042c3f8", interval_s=90, **fields)
    assert (device.interval_s, other.interval_s) == (2700, 90)


def test_a_serial_number_that_the_maker_writes_otherwise_is_refused_with_the_hint(
    site, monkeypatch
):
    made_up_driver(monkeypatch)
    with pytest.raises(Rejection, match="8 digits in lower case") as refused:
        register(site, kind="meter", driver="acme", serial="0042C3F7")
    assert refused.value.field == "serial"


def test_a_new_key_is_shown_once_and_signs_from_now_on(site):
    device, _ = register(site)
    before = commands.key_of(device).hex()
    after = services.rotate_key(device)
    device.refresh_from_db()
    assert after == commands.key_of(device).hex() != before


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"code": ""}, "code"),
        ({"code": "a/b"}, "code"),
        ({"code": "+"}, "code"),
        ({"code": "x" * 61}, "code"),
        ({"code": "backend"}, "code"),
        ({"kind": "toaster"}, "kind"),
        ({"driver": "unheard-of"}, "driver"),
        ({"driver": "vzenith-mqtt"}, "serial"),
        ({"driver": "vzenith-mqtt", "serial": "#"}, "serial"),
        ({"interval_s": 1}, "interval_s"),
        ({"name": "x" * 121}, "name"),
    ],
)
def test_a_device_that_cannot_be_is_refused_by_the_name_of_its_field(site, fields, field):
    with pytest.raises(Rejection) as refused:
        register(site, **fields)
    assert refused.value.field == field
    assert not Device.objects.exists()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"code": "one"}, "code"),
        ({"code": "SN1"}, "code"),
        ({"code": "two", "serial": "SN1"}, "serial"),
        ({"code": "two", "serial": "one"}, "serial"),
    ],
)
def test_no_device_may_sign_in_as_another(site, fields, field):
    register(site, code="one", driver="vzenith-mqtt", kind="camera", serial="SN1")
    with pytest.raises(Rejection) as refused:
        register(site, **fields)
    assert (refused.value.field, refused.value.code) == (field, "already_used")


def test_devices_are_shown_to_their_own_site_only(site):
    device, _ = register(site)
    other = SiteFactory()
    assert selectors.device_of(site, device.pk) == device
    assert selectors.device_of(other, device.pk) is None
    assert list(selectors.devices_of(other)) == []
    assert selectors.state_counts(site) == {"unknown": 1}


# -- dead letters ------------------------------------------------------------------------------


@pytest.fixture
def sensor(site):
    return DeviceFactory(site=site, code="bay-7", serial=None, driver="gatehouse")


def test_a_replayed_letter_is_taken_as_of_when_it_came(sensor, heard):
    bays = heard(events.BayChanged)
    letter = only_letter(sensor)
    guard = UserFactory()
    services.replay_dead_letter(letter, guard)
    letter.refresh_from_db()
    assert bays[0].received_at == letter.received_at
    assert letter.replayed_by == guard.username
    assert list(selectors.open_letters(sensor.site)) == []
    assert AuditEntry.objects.latest("pk").action == "replay dead letter"


def test_a_letter_that_is_refused_still_stays_where_it_is(sensor):
    letter = only_letter(sensor)
    sensor.enabled = False
    sensor.save()
    with pytest.raises(Rejection, match="disabled"):
        services.replay_dead_letter(letter, "guard")
    assert list(selectors.open_letters(sensor.site)) == [letter]
    assert not DeviceEvent.objects.exists()


def test_a_replay_that_breaks_a_handler_leaves_nothing_half_done(sensor, only_handlers):
    def broken(event: events.BayChanged) -> None:
        raise ZeroDivisionError

    letter = only_letter(sensor)
    only_handlers(events.BayChanged, broken)
    with pytest.raises(Rejection, match="ZeroDivisionError"):
        services.replay_dead_letter(letter, "guard")
    letter.refresh_from_db()
    assert letter.replayed_at is None
    assert not DeviceEvent.objects.exists()


def test_a_letter_is_dealt_with_once(sensor):
    letter = only_letter(sensor)
    services.discard_dead_letter(letter, "guard")
    for deal in (services.replay_dead_letter, services.discard_dead_letter):
        with pytest.raises(Rejection, match="already"):
            deal(letter, "guard")
    assert not DeviceEvent.objects.exists()


def test_a_letter_that_was_too_large_to_keep_cannot_be_replayed(sensor):
    inbound.receive(up(sensor), b"x" * 5_000_000, clock.now())
    with pytest.raises(Rejection, match="not stored in full"):
        services.replay_dead_letter(DeadLetter.objects.get(), "guard")


def test_letters_are_shown_to_their_own_site_only(sensor):
    letter = only_letter(sensor)
    other = SiteFactory()
    assert selectors.dead_letter(sensor.site, letter.pk) == letter
    assert selectors.dead_letter(other, letter.pk) is None
    assert list(selectors.open_letters(other)) == []
    assert list(selectors.open_letters(None)) == []
    assert list(selectors.dead_letters(sensor.site)) == [letter]
