"""Commands for the tests of drivers."""

from devices.drivers.contract import Order

CMD_ID = "0196f0c1a2b3c4d5e6f708192a3b4c5d"


def order(action: str, serial: str | None, /, options: dict | None = None, **args: object) -> Order:
    """A command as the registry has a driver write it, at a site in Shanghai."""
    body = {
        "cmd_id": CMD_ID,
        "action": action,
        "args": args,
        "issued_at": "2026-05-04T08:30:15.250000+00:00",
    }
    return Order(
        device_code="device",
        serial=serial,
        site="park",
        timezone="Asia/Shanghai",
        body=body,
        options=options or {},
    )
