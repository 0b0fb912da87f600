"""Ready-made mappings, after the documentation of makers and network servers.

Each is tested on an example message in tests/devices/recorded/generic-json/; their sources are in
docs/devices/generic-json.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Entry = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Preset:
    """A named mapping.

    Attributes:
        name: its name in device lists.
        title: its name in the console.
        kind: the devices' kind (`Device.Kind`).
        topic: the topic such devices publish on, as their maker writes it.
        options: the mapping.
    """

    name: str
    title: str | Promise
    kind: str
    topic: str
    options: Mapping[str, Any]


def _metric(metric: str, pointer: str, unit: str, scale: str = "1", **more: Any) -> Entry:
    return {"metric": metric, "pointer": pointer, "unit": unit, "scale": scale, **more}


def _beside(metric: str, pointer: str, unit: str, scale: str = "1") -> Entry:
    """A number that some messages lack."""
    return _metric(metric, pointer, unit, scale, optional=True)


# ChirpStack 4, "Event types": https://www.chirpstack.io/docs/chirpstack/integrations/events.html
_CHIRPSTACK: Entry = {
    "at": {"pointer": "/time", "form": "rfc3339"},
    "id": "/deduplicationId",
}
_CHIRPSTACK_RSSI = _beside("signal.rssi", "/rxInfo/0/rssi", "dBm")
_CHIRPSTACK_TOPIC = "application/…/device/…/event/up"
# The Things Stack, "Data formats": https://www.thethingsindustries.com/docs/integrations/data-formats/
_THINGS: Entry = {"at": {"pointer": "/received_at", "form": "rfc3339"}}
_THINGS_RSSI = _beside("signal.rssi", "/uplink_message/rx_metadata/0/rssi", "dBm")
_THINGS_TOPIC = "v3/…/devices/…/up"
_DECODED = "/uplink_message/decoded_payload"

PRESETS = (
    Preset(
        name="bay-magnetic",
        title=_("Bay: Bosch TPS110 (ChirpStack)"),
        kind="bay_sensor",
        topic=_CHIRPSTACK_TOPIC,
        options={
            **_CHIRPSTACK,
            "occupied": {
                "pointer": "/object/occupied",
                "yes": ["true"],
                "no": ["false"],
                "optional": True,  # absent in device information and debug messages
            },
            "metrics": [
                _beside("temperature.c", "/object/temperature", "°C"),
                _CHIRPSTACK_RSSI,
            ],
        },
    ),
    Preset(
        name="bay-magnetic-battery",
        title=_("Bay: Nwave NPS405 (ChirpStack)"),
        kind="bay_sensor",
        topic=_CHIRPSTACK_TOPIC,
        options={
            **_CHIRPSTACK,
            "occupied": {"pointer": "/object/occupied", "yes": ["true"], "no": ["false"]},
            "metrics": [
                _beside("battery.volt", "/object/battery_voltage", "V"),
                _beside("temperature.c", "/object/temperature", "°C"),
                _CHIRPSTACK_RSSI,
            ],
        },
    ),
    Preset(
        name="bay-radar",
        title=_("Bay: TekziPark (Things Stack)"),
        kind="bay_sensor",
        topic=_THINGS_TOPIC,
        options={
            **_THINGS,
            "occupied": {"pointer": f"{_DECODED}/occupied", "yes": ["1"], "no": ["0"]},
            "metrics": [
                _beside("battery.good", f"{_DECODED}/Good_Battery", ""),
                _beside("temperature.c", f"{_DECODED}/Temperature", "°C"),
                _THINGS_RSSI,
            ],
        },
    ),
    Preset(
        name="pulse-meter",
        title=_("1 l pulses: EM300-DI (ChirpStack)"),
        kind="meter",
        topic=_CHIRPSTACK_TOPIC,
        options={
            **_CHIRPSTACK,
            "metrics": [
                _beside("register.m3", "/object/pulse", "m³", "0.001"),
                _beside("battery.percent", "/object/battery", "%"),
                _CHIRPSTACK_RSSI,
            ],
        },
    ),
    Preset(
        name="register-water",
        title=_("Water: Axioma W1 (ChirpStack)"),
        kind="meter",
        topic=_CHIRPSTACK_TOPIC,
        options={
            **_CHIRPSTACK,
            "metrics": [
                _metric("register.m3", "/object/current_volume_m3", "m³"),
                _CHIRPSTACK_RSSI,
            ],
        },
    ),
    Preset(
        name="register-energy-shelly",
        title=_("Electricity: Shelly EM"),
        kind="meter",
        topic="…/events/rpc",
        options={
            "at": {"pointer": "/params/ts", "form": "unix_s"},
            "metrics": [
                _beside("register.kwh", "/params/em1data:0/total_act_energy", "kWh", "0.001"),
                _beside("power.w", "/params/em1:0/act_power", "W"),
            ],
        },
    ),
    Preset(
        name="register-energy-tasmota",
        title=_("Electricity: Tasmota"),
        kind="meter",
        topic="tele/…/SENSOR",
        options={
            "at": {"pointer": "/Time", "form": "local"},
            "metrics": [
                _metric("register.kwh", "/ENERGY/Total", "kWh"),
                _beside("power.w", "/ENERGY/Power", "W"),
                _beside("voltage.volt", "/ENERGY/Voltage", "V"),
            ],
        },
    ),
    Preset(
        name="climate-things",
        title=_("Climate: EM300-TH (Things Stack)"),
        kind="sensor",
        topic=_THINGS_TOPIC,
        options={
            **_THINGS,
            "metrics": [
                _beside("temperature.c", f"{_DECODED}/temperature", "°C"),
                _beside("humidity.percent", f"{_DECODED}/humidity", "%"),
                _beside("battery.percent", f"{_DECODED}/battery", "%"),
                _THINGS_RSSI,
            ],
        },
    ),
    Preset(
        name="climate-zigbee",
        title=_("Climate: Zigbee2MQTT"),
        kind="sensor",
        topic="zigbee2mqtt/…",
        options={
            "metrics": [
                _metric("temperature.c", "/temperature", "°C"),
                _metric("humidity.percent", "/humidity", "%"),
                _beside("battery.percent", "/battery", "%"),
                _beside("signal.lqi", "/linkquality", ""),
            ],
        },
    ),
)
