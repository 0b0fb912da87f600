"""The broker settings to enter into a device, besides its secrets."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.http import HttpRequest

from devices import accounts
from devices.link import Address, AddressError
from devices.models import Device

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class Broker:
    """The address at which devices reach the broker.

    Attributes:
        is_local: whether only this machine reaches it.
    """

    host: str
    port: int
    tls: bool
    is_local: bool


@dataclass(frozen=True)
class SignIn:
    """A device's broker account: its username and permitted topic filters."""

    username: str
    publishes: tuple[str, ...]
    listens: tuple[str, ...]

    @property
    def has_wildcard(self) -> bool:
        """Whether a topic filter contains a wildcard."""
        return any("#" in topic or "+" in topic for topic in (*self.publishes, *self.listens))


def broker(request: HttpRequest) -> Broker:
    """Return the broker's public address: what an administrator chose, or GATEHOUSE_MQTT_PUBLIC.

    Without one, it is the host of the request and the port of the devices' listener.
    """
    if settings.MQTT_PUBLIC:
        address = _address(settings.MQTT_PUBLIC)
        is_local = address.host in _LOOPBACK
        return Broker(address.host, address.port, address.tls, is_local)
    ours = Address.of(settings.MQTT_DEVICES or settings.MQTT_URL or "mqtt://localhost")
    host = urlsplit(f"//{request.get_host()}").hostname or ours.host
    return Broker(host, ours.port, ours.tls, settings.MQTT_LOCAL or host in _LOOPBACK)


def sign_in(device: Device) -> SignIn | None:
    """Return the device's account at the broker, or None."""
    account = accounts.account_of(device)
    if account is None:
        return None
    return SignIn(account.name, account.publishes, account.listens)


def check_public_address(**_of_django: Any) -> list[CheckMessage]:
    """Check GATEHOUSE_MQTT_PUBLIC at start, before a device is registered with it."""
    try:
        if settings.MQTT_PUBLIC:
            _address(settings.MQTT_PUBLIC)
    except AddressError:
        problem = f"GATEHOUSE_MQTT_PUBLIC={settings.MQTT_PUBLIC} is not the address of a broker."
        hint = "Write host, host:port, mqtt://host:port or mqtts://host:port."
        return [Error(problem, hint=hint, id="console.E001")]
    return []


def _address(text: str) -> Address:
    return Address.of(text if "://" in text else f"mqtt://{text}")
