"""What has to be entered into a device so that it reaches the broker, besides its secrets."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.http import HttpRequest

from devices import accounts
from devices.link import Address, AddressError
from devices.models import Device

_OF_THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class Broker:
    """Where devices find the broker."""

    host: str
    port: int
    tls: bool

    @property
    def is_local(self) -> bool:
        """Whether nothing but this machine itself finds it under that name."""
        return self.host in _OF_THIS_MACHINE


@dataclass(frozen=True)
class SignIn:
    """What a device signs in as, and which topics it may use; filters of MQTT."""

    username: str
    publishes: tuple[str, ...]
    listens: tuple[str, ...]

    @property
    def has_wildcard(self) -> bool:
        """Whether a topic stands for all those below it."""
        return any("#" in topic or "+" in topic for topic in (*self.publishes, *self.listens))


def broker(request: HttpRequest) -> Broker:
    """Return where devices find the broker: GATEHOUSE_MQTT_PUBLIC.

    Without it, it is the host under which the browser reaches the console, and the port that the
    backend itself uses.
    """
    if settings.MQTT_PUBLIC:
        address = _address(settings.MQTT_PUBLIC)
        return Broker(address.host, address.port, address.tls)
    ours = Address.of(settings.MQTT_URL or "mqtt://localhost")
    host = urlsplit(f"//{request.get_host()}").hostname or ours.host
    return Broker(host, ours.port, ours.tls)


def sign_in(device: Device) -> SignIn | None:
    """Return what the device's account is at the broker; None where it has none."""
    account = accounts.account_of(device)
    if account is None:
        return None
    return SignIn(account.name, account.publishes, account.listens)


def check_public_address(**_of_django: Any) -> list[CheckMessage]:
    """Find fault with GATEHOUSE_MQTT_PUBLIC before somebody registers a device."""
    try:
        if settings.MQTT_PUBLIC:
            _address(settings.MQTT_PUBLIC)
    except AddressError:
        problem = f"GATEHOUSE_MQTT_PUBLIC={settings.MQTT_PUBLIC} is no address of a broker."
        hint = "Write host, host:port, mqtt://host:port or mqtts://host:port."
        return [Error(problem, hint=hint, id="console.E001")]
    return []


def _address(text: str) -> Address:
    return Address.of(text if "://" in text else f"mqtt://{text}")
