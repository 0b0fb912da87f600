"""How a simulated barrier checks a command that the product signed."""

from datetime import timedelta
from typing import Any

import pytest

from devices import signing as product
from devices.simulator.signing import Checker, canonical, signature

from .conftest import START

SECRET = b"\x5e" * 32


def command(**changes: Any) -> dict[str, Any]:
    """A command as the product sends it, signed by the product."""
    body = {
        "cmd_id": "c-1",
        "device_id": "arm",
        "action": "open",
        "args": {"plate": "粤B12345"},
        "seq": 4,
        "issued_at": START.isoformat(),
        "not_after": (START + timedelta(seconds=10)).isoformat(),
        "actor": "rule",
        "reason": "居民",
        "key_id": "arm:1",
    } | changes
    return {**body, "sig": product.sign(body, SECRET)}


def test_a_command_that_the_product_signed_is_accepted() -> None:
    assert Checker("arm", SECRET).refusal(command(), START) is None


def test_the_signed_bytes_are_sorted_without_blanks_in_utf8() -> None:
    assert canonical({"sig": "x", "b": 1, "a": "居"}) == '{"a":"居","b":1}'.encode()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"device_id": "other"}, "another device"),
        ({"seq": 0}, "replayed"),
        ({"seq": "9"}, "replayed"),
        ({"not_after": (START - timedelta(seconds=1)).isoformat()}, "expired"),
        ({"not_after": "soon"}, "expired"),
    ],
)
def test_a_command_that_breaks_a_rule_is_refused(changes: dict[str, Any], reason: str) -> None:
    assert Checker("arm", SECRET).refusal(command(**changes), START) == reason


def test_a_command_is_carried_out_once_only() -> None:
    checker = Checker("arm", SECRET)
    assert checker.refusal(command(), START) is None
    assert checker.refusal(command(), START) == "replayed"
    assert checker.refusal(command(seq=5), START) is None


def test_a_forged_command_is_refused_and_uses_no_number_up() -> None:
    checker = Checker("arm", SECRET)
    forged = command() | {"action": "close"}
    assert checker.refusal(forged, START) == "bad signature"
    assert checker.refusal(command() | {"sig": "ü"}, START) == "bad signature"
    assert checker.refusal(command(), START) is None


def test_a_command_without_a_field_is_refused_by_its_name() -> None:
    said = command()
    del said["actor"]
    assert Checker("arm", SECRET).refusal(said, START) == "missing actor"


def test_both_sides_make_the_same_signature() -> None:
    body = {"z": [1, "ä"], "a": None}
    assert signature(body, SECRET) == product.sign(body, SECRET)
