"""A device's code is unique at its site, and no answer tells what another site has."""

import json

import pytest

from core import clock
from core.errors import Rejection
from devices import accounts, inbound, registry, senders
from devices.models import DeadLetter, Device, DeviceEvent
from devices.services import register_device
from estate.provisioning import provision
from tests.factories import SiteFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def here():
    return SiteFactory(slug="riverside")


@pytest.fixture
def there(here):
    return SiteFactory(slug="lakeside")


def register(site, code="north-1", **more) -> Device:
    fields = {"kind": "bay_sensor", "driver": "gatehouse", **more}
    return register_device(site, code=code, **fields)[0]


def now_and_body(**said):
    """Return the time and a message of our own protocol."""
    now = clock.now()
    return now, json.dumps({"v": 1, "id": "m-1", "at": now.isoformat(), **said}).encode()


def topic(site, code="north-1") -> str:
    return f"gh/v1/{site.slug}/{code}/up/event"


@pytest.mark.parametrize("code", ["north-1", "A-b_c-9", "9"])
def test_two_sites_may_use_one_code_each_with_an_account_of_its_own(here, there, code):
    ours, theirs = register(here, code), register(there, code)
    names = {account.name: account.publishes for account in accounts.all_accounts()}
    assert names.keys() == {f"{code}@riverside", f"{code}@lakeside"}
    assert all(each.startswith("gh/v1/lakeside/") for each in names[f"{code}@lakeside"])
    assert accounts.password_of(ours) != accounts.password_of(theirs)


def test_a_message_belongs_to_the_device_of_the_site_in_its_topic(here, there):
    register(here)
    theirs = register(there)
    at, body = now_and_body(type="bay", occupied=True)
    inbound.receive(topic(there), body, at)
    assert DeviceEvent.objects.get().device == theirs
    assert senders.device_of(senders.classify(topic(there), body).sender) == theirs


def test_a_code_of_another_site_is_unknown_here(here, there):
    register(here)
    at, body = now_and_body(type="bay", occupied=True)
    inbound.receive(topic(there), body, at)
    letter = DeadLetter.objects.get()
    assert (letter.site, letter.code) == (there, "device_unknown")


def test_the_user_name_does_not_tell_whether_another_site_has_the_code(here, there):
    register(here, "taken")
    names = [accounts.username(register(there, code)) for code in ("taken", "free-1")]
    assert names == ["taken@lakeside", "free-1@lakeside"]


def test_with_one_site_the_code_is_the_user_name_and_stays_it(here):
    device = register(here)
    assert accounts.username(device) == "north-1"
    lakeside = SiteFactory(slug="lakeside")
    assert accounts.username(register(lakeside)) == "north-1@lakeside"
    device.refresh_from_db()
    assert accounts.username(device) == "north-1"
    assert registry.address(topic(here), b"{}").device.device_id == device.pk


CAMERA = {"kind": "camera", "driver": "vzenith-mqtt"}


@pytest.mark.parametrize("serial", ["SN-1", "8c5f0100-d3a1"])
def test_a_serial_number_of_another_site_gets_a_neutral_answer(here, there, serial):
    register(here, "cam-1", serial=serial, **CAMERA)
    with pytest.raises(Rejection) as refused:
        register(there, "cam-9", serial=serial, **CAMERA)
    assert (refused.value.field, refused.value.code) == ("serial", "not_available")
    assert "device" not in str(refused.value)
    with pytest.raises(Rejection) as refused:
        register(here, "cam-9", serial=serial, **CAMERA)
    assert refused.value.code == "already_used"


def test_a_serial_number_may_not_be_the_user_name_of_another_site_s_device(here):
    register(here, "X7")
    with pytest.raises(Rejection) as refused:
        register(SiteFactory(), "cam-9", serial="X7", **CAMERA)
    assert refused.value.code == "not_available"


def test_a_topic_of_another_site_gets_a_neutral_answer(here, there):
    meter = {"kind": "sensor", "driver": "generic-json", "topic": "cellar/1"}
    options = {"metrics": [{"metric": "temperature.c", "pointer": "/t"}]}
    register(here, "t-1", options=options, **meter)
    with pytest.raises(Rejection) as refused:
        register(there, "t-1", options=options, **meter)
    assert (refused.value.field, refused.value.code) == ("topic", "not_available")


def test_a_list_registers_a_code_that_another_site_uses(here, there):
    register(here)
    lines = "code,kind,driver\nnorth-1,bay_sensor,gatehouse\n"
    (made,) = provision(there, lines, "technician")
    assert made.username == "north-1@lakeside"


def test_a_code_is_used_once_at_a_site(here):
    register(here)
    with pytest.raises(Rejection) as refused:
        register(here)
    assert refused.value.code == "already_used"
