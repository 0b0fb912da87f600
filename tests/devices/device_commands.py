"""Commands for the tests of drivers."""

from devices.drivers.contract import DeviceCommand

CMD_ID = "0196f0c1a2b3c4d5e6f708192a3b4c5d"


def device_command(
    action: str,
    serial: str | None,
    /,
    options: dict | None = None,
    numbers: int = 0,
    **args: object,
) -> DeviceCommand:
    """A command as drivers get it from the registry, at a site in Shanghai.

    ``numbers`` is the manifest's ``command_numbers``, for drivers that use the command's number.
    """
    body = {
        "cmd_id": CMD_ID,
        "device_id": "device",
        "action": action,
        "args": args,
        "seq": 417,
        "issued_at": "2026-05-04T08:30:15.250000+00:00",
        "not_after": "2026-05-04T08:30:25.250000+00:00",
        "actor": "guard",
        "reason": "ambulance",
        "key_id": "device:1",
        "sig": "0" * 64,
    }
    return DeviceCommand(
        device_code="device",
        serial=serial,
        site="park",
        timezone="Asia/Shanghai",
        body=body,
        options=options or {},
        numbers=numbers,
    )
