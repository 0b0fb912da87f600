"""Register the demo site's devices, and describe them for the simulator that plays them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from core import clock
from core.models import Site, User
from devices import accounts, commands
from devices.models import Device
from devices.services import register_device


class DemoDevices:
    """The devices registered so far, as the simulator's file lists them, passwords included."""

    def __init__(self, site: Site, actor: User) -> None:
        self.site = site
        self.actor = actor
        # Nothing has happened at the site before it.
        self.since = clock.now() - timedelta(days=200)
        self.entries: list[dict[str, Any]] = []

    def register(
        self,
        code: str,
        kind: str,
        driver: str,
        *,
        serial: str | None = None,
        designs: Sequence[str] = (),
        **more: Any,
    ) -> Device:
        """Register a device.

        Args:
            code, kind, driver, serial: as for `register_device`, which also gets the ``name``,
                ``topic``, ``options`` and ``interval_s`` among the rest.
            designs: of the plates that the simulator sends to it; empty for all.
            more: what else the simulator has to know, such as the lane of a camera.
        """
        device, password = register_device(
            self.site,
            code=code,
            kind=kind,
            driver=driver,
            serial=serial,
            name=more.pop("name", ""),
            topic=more.get("topic"),
            options=more.pop("options", None),
            interval_s=more.pop("interval_s", None),
            actor=self.actor,
        )
        entry: dict[str, Any] = {"code": code, "kind": kind, "driver": driver, "password": password}
        entry["username"] = accounts.username(device) or ""
        if serial:
            entry["serial"] = serial
        if designs:
            entry["designs"] = list(designs)
        if kind == Device.Kind.BARRIER or (kind == Device.Kind.DOOR and driver == "gatehouse"):
            entry["command_key"] = commands.key_of(device).hex()
        self.entries.append(entry | more)
        return device
