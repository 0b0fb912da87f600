"""A made-up driver with features that no other has: serial numbers of a form, and buttons."""

import dataclasses
import re
from types import SimpleNamespace

import pytest

from core.errors import Rejection
from devices.drivers import DRIVERS, gatehouse
from devices.drivers.contract import DeviceCommand, OutgoingMessage, SignsInWith


def check_serial(serial: str) -> None:
    """Eight hexadecimal digits in lower case."""
    if not re.fullmatch("[0-9a-f]{8}", serial):
        raise Rejection(
            "serial", "serial_invalid", f"is {serial!r}", "enter its 8 digits in lower case"
        )


def write(command: DeviceCommand) -> OutgoingMessage:
    """Any message, as an event of its name."""
    return OutgoingMessage(f"acme/{command.serial}/do", command.action.encode())


def made_up_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    """List it as ``acme`` for the length of a test."""
    manifest = dataclasses.replace(
        gatehouse.MANIFEST,
        name="acme",
        title="Acme",
        signs_in_with=SignsInWith.SERIAL,
        actions=frozenset({"open", "lamp", "tilt"}),
        buttons={"lamp": "Light the lamp"},
        check_serial=check_serial,
        interval_s=2700,
    )
    driver = SimpleNamespace(MANIFEST=manifest, write=write, sender=lambda topic, payload: None)
    monkeypatch.setitem(DRIVERS, "acme", driver)
