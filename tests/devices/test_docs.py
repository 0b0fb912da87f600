"""What docs/ tells a stranger is so: the worked driver runs, the example command is signed so."""

import json
import re
from datetime import UTC, datetime
from types import ModuleType

import pytest

from config.appliance.places import CODE
from core.errors import Refusal
from devices.drivers.contract import Order, Sender, Source
from devices.signing import CommandGuard, sign

NOW = datetime.fromtimestamp(1777883500, UTC)
SOURCE = Source(device_id=7, site_id=3, name="SN1")


@pytest.fixture(scope="module")
def acme() -> ModuleType:
    """The driver that docs/adding-a-driver.md writes."""
    text = (CODE / "docs" / "adding-a-driver.md").read_text()
    module = ModuleType("acme")
    exec(re.search(r"```python\n(.*?)```", text, re.DOTALL)[1], module.__dict__)  # noqa: S102
    return module


def test_the_worked_driver_reads_its_plate(acme):
    sender = acme.sender("acme/SN1/plate", b"")
    assert sender == Sender("SN1", "plate")
    seen = acme.read(SOURCE, sender, b'{"t":1777883415,"no":"AB 123","score":97}', NOW)
    assert (seen.raw_text, seen.confidence, seen.key) == ("AB 123", 0.97, "1777883415 AB 123")


def test_the_worked_driver_opens_its_arm_and_takes_the_answer(acme):
    order = Order(
        device_code="cam",
        serial="SN1",
        site="park",
        timezone="UTC",
        body={"cmd_id": "c1", "action": "open", "args": {}},
    )
    sent = acme.write(order)
    assert (sent.topic, json.loads(sent.payload)) == ("acme/SN1/arm", {"no": "c1"})
    sender = acme.sender("acme/SN1/arm/done", b"")
    answered = acme.read(SOURCE, sender, b'{"t":1777883416,"no":"c1"}', NOW)
    assert (answered.cmd_id, answered.ok) == ("c1", True)


def test_the_worked_driver_refuses_by_the_name_of_the_field(acme):
    with pytest.raises(Refusal, match="score"):
        acme.read(SOURCE, Sender("SN1", "plate"), b'{"t":1777883415,"no":"A","score":101}', NOW)


def test_the_example_command_carries_the_example_signature():
    text = (CODE / "docs" / "devices.md").read_text()
    body = json.loads(re.search(r"the command\n```json\n(.*?)\n```", text)[1])
    signature = re.search(r"carries the signature `([0-9a-f]{64})`", text)[1]
    key = bytes(range(32))
    assert sign(body, key) == signature
    payload = json.dumps({**body, "sig": signature}).encode()
    admitted = CommandGuard("arm-1", key).admit(
        payload, datetime(2026, 5, 4, 8, 30, 20, tzinfo=UTC)
    )
    assert admitted["action"] == "open"
