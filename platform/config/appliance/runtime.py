"""var/runtime.env: secrets generated once, and the addresses of database, broker and web server.

The environment always takes precedence and is never copied into the file. The file holds what the
appliance chose by itself, so that a `manage.py` command in another terminal uses the same database
and broker.
"""

import ipaddress
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote, urlsplit

from config.appliance import web_certificate
from config.appliance.broker_address import BrokerAddress
from config.appliance.mosquitto import accounts_kind, find_mosquitto
from config.appliance.places import CODE, Home, write_private
from config.appliance.web_certificate import GENERATED, CertificateChoice

GENERATED_ONCE = {
    "GATEHOUSE_SECRET_KEY": 50,
    "GATEHOUSE_MASTER_KEY": 32,
    "GATEHOUSE_DATABASE_PASSWORD": 24,
    "GATEHOUSE_BROKER_PASSWORD": 24,
}
OWNER_URL = "DATABASE_OWNER_URL"  # for the preparation, which migrates, and no other process
NO_TLS = "none"  # instead of a certificate's file
BACKEND_HOST = "127.0.0.1"  # of the broker's listener for our own processes
MQTT_PUBLIC, MQTT_LOCAL = "GATEHOUSE_MQTT_PUBLIC", "GATEHOUSE_MQTT_LOCAL"
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - names of "all"


class SettingError(Exception):
    """A setting in the environment is invalid; the text names it and how to correct it."""


def read(home: Home) -> dict[str, str]:
    """Return the values of var/runtime.env; empty before the first start."""
    if not home.runtime_env.is_file():
        return {}
    lines = home.runtime_env.read_text(encoding="utf-8").splitlines()
    pairs = (line.partition("=") for line in lines if not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def write(home: Home, values: Mapping[str, str]) -> None:
    """Replace var/runtime.env."""
    head = "# Written by `manage.py up`. Its secrets are generated once: keep this file.\n"
    write_private(
        home.runtime_env, head + "".join(f"{name}={values[name]}\n" for name in sorted(values))
    )


@dataclass(frozen=True)
class Choices:
    """The operator's settings, as opposed to what an earlier start stored.

    The settings module loads var/runtime.env into this process's environment, so a value counts as
    the operator's only if it differs from the stored one.
    """

    environment: Mapping[str, str]
    stored: Mapping[str, str]

    @classmethod
    def now(cls, home: Home) -> "Choices":
        """Return the choices in this process's environment."""
        return cls(dict(os.environ), read(home))

    def chosen(self, name: str) -> str:
        """Return the operator's value of a setting, or ""."""
        value = self.environment.get(name, "")
        return "" if value == self.stored.get(name) else value

    def setting(self, name: str, default: str) -> str:
        """Return a setting's value, or the default."""
        return self.environment.get(name) or default

    def networks(self, name: str) -> str:
        """Return a setting with addresses or networks, separated by commas.

        Raises SettingError if one of them is neither.
        """
        text = self.setting(name, "")
        try:
            return ",".join(
                str(ipaddress.ip_network(each.strip())) for each in text.split(",") if each.strip()
            )
        except ValueError as error:
            hint = "set it to addresses or networks, such as 127.0.0.1,10.0.0.0/8"
            raise SettingError(f"{name}={text}: {error}; {hint}.") from None

    def certificate(self, name: str, default: str) -> CertificateChoice:
        """Return a setting with a certificate: a file, ``generated`` or ``none``.

        Raises SettingError if a file or the setting with its key is missing.
        """
        text, key = self.setting(name, default), self.setting(f"{name}_KEY", "")
        if text in ("", NO_TLS, GENERATED):
            return CertificateChoice("" if text == NO_TLS else text)
        for setting, file in ((name, text), (f"{name}_KEY", key)):
            if not Path(file).is_file():
                raise SettingError(f"{setting}={file} is no file: set it to one in PEM format.")
        return CertificateChoice(str(Path(text).resolve()), str(Path(key).resolve()))

    def web_certificate(self, home: Home) -> CertificateChoice:
        """Return the certificate of the web server: the environment's, else that of the console.

        Raises SettingError if the environment names a file that does not exist.
        """
        if self.setting("GATEHOUSE_CERTIFICATE", ""):
            return self.certificate("GATEHOUSE_CERTIFICATE", "")
        return web_certificate.chosen(home)

    def renewed(self, home: Home) -> "Choices":
        """Return the operator's settings alone, beside what this start has stored."""
        own = {
            name: value
            for name, value in self.environment.items()
            if self.stored.get(name) != value
        }
        return Choices(own, read(home))

    def port(self, name: str, default: int) -> int:
        """Return a port setting.

        Raises SettingError if it is not a number from 1 to 65535.
        """
        text = self.setting(name, str(default))
        if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
            raise SettingError(f"{name}={text} is not a port: set it to a number from 1 to 65535.")
        return int(text)


@dataclass(frozen=True)
class Plan:
    """Addresses and secrets of one start, and which servers it starts itself."""

    home: Home
    choices: Choices
    web_bind: str
    web_port: int
    trusted_proxies: str
    broker_address: BrokerAddress
    broker_bind: str
    broker_port: int
    tls_bind: str
    tls_port: int
    broker_certificate: CertificateChoice
    web_certificate: CertificateChoice
    backend_port: int
    secrets: Mapping[str, str]

    @classmethod
    def of(cls, home: Home, choices: Choices) -> "Plan":
        """Build the plan of the choices.

        Raises SettingError if one of them is invalid.
        """
        address = BrokerAddress.chosen(home)
        return cls(
            home=home,
            choices=choices,
            web_bind=choices.setting("GATEHOUSE_BIND", "127.0.0.1"),
            web_port=choices.port("GATEHOUSE_PORT", 8000),
            trusted_proxies=choices.networks("GATEHOUSE_TRUSTED_PROXIES"),
            broker_address=address,
            broker_bind=choices.setting("GATEHOUSE_MQTT_BIND", address.bind),
            broker_port=choices.port("GATEHOUSE_MQTT_PORT", address.port),
            tls_bind=choices.setting("GATEHOUSE_MQTT_TLS_BIND", "")
            or choices.setting("GATEHOUSE_MQTT_BIND", address.tls_bind),
            tls_port=choices.port("GATEHOUSE_MQTT_TLS_PORT", address.tls_port),
            broker_certificate=choices.certificate("GATEHOUSE_MQTT_CERTIFICATE", GENERATED),
            web_certificate=choices.web_certificate(home),
            backend_port=choices.port("GATEHOUSE_MQTT_BACKEND_PORT", 18830),
            secrets=generate_secrets(choices.stored),
        )

    def renewed(self) -> "Plan":
        """Return the plan of the settings as they are now.

        Raises SettingError if one of them is invalid.
        """
        return Plan.of(self.home, self.choices.renewed(self.home))

    @property
    def own_database(self) -> bool:
        """True where no DATABASE_URL was given: the embedded PostgreSQL is started."""
        return not self.choices.chosen("DATABASE_URL")

    @property
    def own_broker(self) -> bool:
        """True where no MQTT_URL was given: a broker is started."""
        return not self.choices.chosen("MQTT_URL")

    @property
    def web_host(self) -> str:
        """Where the web server answers on this machine."""
        return reachable(self.web_bind)

    @property
    def web_address(self) -> str:
        """Where the console answers on this machine."""
        scheme = "https" if self.web_certificate.certificate else "http"
        return f"{scheme}://{in_url(self.web_host)}:{self.web_port}"

    @property
    def broker_host(self) -> str:
        """The broker's host, as seen from this machine."""
        return reachable(self.broker_bind)

    @property
    def broker_url(self) -> str:
        """The URL of the appliance's own broker, with the backend's login."""
        login = f"backend:{self.secrets['GATEHOUSE_BROKER_PASSWORD']}"
        if self.has_backend_listener:
            return f"mqtt://{login}@{BACKEND_HOST}:{self.backend_port}"
        return f"mqtt://{login}@{in_url(self.broker_host)}:{self.broker_port}"

    @property
    def devices_url(self) -> str:
        """The URL at which devices on this machine reach the appliance's own broker."""
        return f"mqtt://{in_url(self.broker_host)}:{self.broker_port}"

    @property
    def broker_public(self) -> str:
        """The broker's address for devices elsewhere; empty where none was chosen."""
        return self.choices.chosen(MQTT_PUBLIC) or self._chosen_public

    @property
    def _chosen_public(self) -> str:
        """The address as it was chosen in the console, with the ports that hold."""
        chosen = self.broker_address
        return replace(chosen, port=self.broker_port, tls_port=self.tls_port).public

    @property
    def is_broker_local(self) -> bool:
        """Whether the appliance's own broker listens on this machine only."""
        binds = {self.broker_bind, self.tls_bind if self.has_tls_listener else self.broker_bind}
        return binds <= LOOPBACK

    @property
    def broker_listeners(self) -> str:
        """Where the broker listens, and its address for devices, as one text to compare."""
        plain, tls = f"{self.broker_bind}:{self.broker_port}", f"{self.tls_bind}:{self.tls_port}"
        return f"{plain} {tls} {self.broker_public}"

    def with_broker_of(self, other: "Plan") -> "Plan":
        """Return the plan with the broker that runs by another one."""
        return replace(
            self,
            broker_address=other.broker_address,
            broker_bind=other.broker_bind,
            broker_port=other.broker_port,
            tls_bind=other.tls_bind,
            tls_port=other.tls_port,
        )

    @property
    def has_tls_listener(self) -> bool:
        """Whether mosquitto listens with TLS as well; the embedded broker never does."""
        return bool(self.broker_certificate.certificate) and find_mosquitto() is not None

    @property
    def names(self) -> set[str]:
        """The names by which others may reach this machine, for its own certificate."""
        public = {self.public_url, self.broker_public}
        hosts = {urlsplit(each if "//" in each else f"//{each}").hostname for each in public}
        return {each for each in hosts if each} | {self.web_host, reachable(self.tls_bind)}

    @property
    def has_backend_listener(self) -> bool:
        """Whether the backend has a listener of its own; the embedded broker has only one."""
        return find_mosquitto() is not None

    @property
    def public_url(self) -> str:
        """The address for browsers: the operator's setting, else the web server's address."""
        return self.choices.chosen("GATEHOUSE_PUBLIC_URL") or self.web_address

    def stored_values(self, socket_folder: str) -> dict[str, str]:
        """Return the content of var/runtime.env during this run."""
        values = dict(self.secrets)
        if not self.choices.chosen("GATEHOUSE_PUBLIC_URL"):
            values["GATEHOUSE_PUBLIC_URL"] = self.web_address
        if self.own_database:
            login = f"gatehouse:{self.secrets['GATEHOUSE_DATABASE_PASSWORD']}"
            values["DATABASE_URL"] = f"postgres://{login}@/gatehouse?host={quote(socket_folder)}"
        if self.own_broker:
            values["MQTT_URL"] = self.broker_url
            values["GATEHOUSE_MQTT_DEVICES"] = self.devices_url
            values["GATEHOUSE_BROKER_ACCOUNTS"] = accounts_kind()
            values[MQTT_PUBLIC] = self._chosen_public
            values[MQTT_LOCAL] = str(int(self.is_broker_local))
        return values

    def environment(self, socket_folder: str) -> dict[str, str]:
        """Return the environment of every process, without the login of the tables' owner."""
        ours = {
            name: value
            for name, value in self.stored_values(socket_folder).items()
            if not self.choices.chosen(name)
        }
        given = dict(self.choices.environment)
        given.pop(OWNER_URL, None)
        return {
            **given,
            **ours,
            "GATEHOUSE_HOME": str(self.home.root),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PYTHONPATH": os.pathsep.join([str(CODE / "platform"), str(CODE)]),
            "PYTHONUNBUFFERED": "1",
        }


def generate_secrets(stored: Mapping[str, str]) -> dict[str, str]:
    """Return the stored secrets, and generate those that are missing.

    They are hexadecimal, so that they need no escaping in URLs and in the file.
    """
    return {
        name: stored.get(name) or secrets.token_hex(length)
        for name, length in GENERATED_ONCE.items()
    }


def reachable(bind: str) -> str:
    """Return an address at which a server bound to `bind` is reached from this machine."""
    return WILDCARDS.get(bind, bind)


def in_url(host: str) -> str:
    """Return the host for use in a URL: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host
