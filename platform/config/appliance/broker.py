"""The appliance's broker: mosquitto if it is installed, else the embedded one."""

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from config.appliance.broker_files import set_backend_password
from config.appliance.certificates import server_files
from config.appliance.dynsec_file import accounts_file, write_backend_account
from config.appliance.mosquitto import (
    DYNSEC,
    SYSTEM_USER,
    accounts_kind,
    broker_group,
    find_mosquitto,
    find_plugin,
    has_user,
    write_for_broker,
)
from config.appliance.places import Home, allow_traversal
from config.appliance.programs import Program, manage
from config.appliance.runtime import BACKEND_HOST, CertificateChoice, Plan
from devices.drivers import DRIVERS
from devices.ports import BrokerError
from integrations.mosquitto.control import ControlConnection

NAME = "broker"
# A packet is the payload with its topic and properties.
PACKET_OVERHEAD = 4096
MAX_MESSAGE = max(each.MANIFEST.max_bytes for each in DRIVERS.values())
# More than the budget of one camera (120 MiB at once), behind which other messages would wait.
MAX_IN_FLIGHT_BYTES = 192 * 1024 * 1024
EMBEDDED_WARNING = (
    "mosquitto is not installed: using the embedded broker (amqtt), for trying out only. "
    "Its queued messages are lost when it stops, and it serves few devices. "
    "Fix: apt-get install mosquitto, then start again."
)

# The queue of a disconnected consumer is limited by bytes rather than by the default of 1,000
# messages, above which mosquitto silently drops messages. No driver reads a message above
# MAX_MESSAGE, so the broker rejects it; a driver with a lower limit makes it a dead letter. A
# message is in flight until its transaction commits, so many are allowed at once.
#
# The broker's memory is limited by what each client may occupy: its queue, and MAX_IN_FLIGHT_BYTES
# of messages with QoS 2 that a device publishes and never releases. `memory_limit` is not set:
# mosquitto 2.0.11 does not count its plugin's memory correctly, and after some changes of accounts
# it refuses every connection as out of memory. `message_size_limit` is deprecated in favour of
# `max_packet_size`.
_LIMITS = (
    "max_queued_messages 1000000",
    "max_queued_bytes 1073741824",
    "max_inflight_messages 10000",
    f"max_inflight_bytes {MAX_IN_FLIGHT_BYTES}",
    "max_keepalive 3600",
    f"max_packet_size {MAX_MESSAGE + PACKET_OVERHEAD}",
    "set_tcp_nodelay true",
    "sys_interval 0",
)
_LOG = (
    "log_dest stderr",
    "log_type error",
    "log_type warning",
    "log_type notice",
    "connection_messages false",
    "log_timestamp_format %Y-%m-%dT%H:%M:%S",
)
# In the broker's folder: the certificate with its chain, and its key.
TLS_FILES = ("tls.crt", "tls.key")


@dataclass(frozen=True)
class Broker:
    """The broker of one appliance: its files and its program."""

    home: Home
    plan: Plan

    @property
    def mosquitto(self) -> str | None:
        """The path of mosquitto's program, or None if it is not installed."""
        return find_mosquitto()

    @property
    def system_user(self) -> str | None:
        """The user that mosquitto runs as when root starts it; None for the current user."""
        return SYSTEM_USER if os.geteuid() == 0 and self.mosquitto and has_user() else None

    def write_files(self, *, tls: bool = False) -> None:
        """Write the configuration and the backend's account; device accounts are not changed.

        Args:
            tls: whether the broker gets a listener with TLS and its certificate.
        """
        folder = self.home.broker
        password = self.plan.secrets["GATEHOUSE_BROKER_PASSWORD"]
        create_broker_files(self.home, password, accounts_kind(), self.system_user)
        if tls:
            write_certificate(self.home, self.plan.broker_certificate, self.plan.names)
        text = configuration(self.plan, self.home, find_plugin(), tls=tls)
        write_for_broker(folder / "mosquitto.conf", text)

    def login_error(self) -> str:
        """Return why the running broker rejects the backend's login, or "".

        With an unreadable accounts file, mosquitto starts and rejects every login.
        """
        if accounts_kind() != DYNSEC:
            return ""
        try:
            with ControlConnection(self.plan.broker_url):
                return ""
        except BrokerError as error:
            return str(error)

    def program(self) -> Program:
        """Return the broker's program."""
        if self.mosquitto is None:
            address = (self.plan.broker_host, self.plan.broker_port)
            where = f"{self.plan.broker_bind}:{self.plan.broker_port}"
            return replace(manage(NAME, "embedded_broker", where), address=address)
        command = (self.mosquitto, "-c", str(self.home.broker / "mosquitto.conf"))
        # mosquitto opens its listeners one after another: it is ready when the last one answers.
        last = (BACKEND_HOST, self.plan.backend_port)
        return Program(NAME, command, user=self.system_user, address=last)


def create_broker_files(
    home: Home, backend_password: str, accounts: str, system_user: str | None = None
) -> None:
    """Create the broker's folder with the backend's account, if they are missing.

    Args:
        accounts: where the broker stores accounts: DYNSEC or FILES.
        system_user: the user that the broker runs as if root starts it. It owns the stored
            messages and can read the other files.
    """
    folder, store = home.broker, home.broker / "store"
    store.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        allow_traversal(folder)
        os.chown(folder, 0, broker_group())
        folder.chmod(0o750)
    if system_user is not None:
        for path in (store, *store.iterdir()):
            shutil.chown(path, system_user, broker_group())
    if accounts == DYNSEC:
        write_backend_account(home, backend_password)
    else:
        set_backend_password(home, backend_password)


def write_certificate(home: Home, chosen: CertificateChoice, names: Iterable[str]) -> None:
    """Write the broker's certificate and key where its system user may read them."""
    files = (Path(chosen.certificate), Path(chosen.key))
    if chosen.is_generated:
        files = server_files(home, names)
    for file, name in zip(files, TLS_FILES, strict=True):
        write_for_broker(home.broker / name, file.read_text(encoding="utf-8"))


def configuration(plan: Plan, home: Home, plugin: str | None, *, tls: bool = False) -> str:
    """Return mosquitto's configuration.

    On the devices' listeners a session belongs to the account, whatever client id the device names:
    no device can end another's connection. Our own processes have several sessions under one
    account, so they have a listener of their own, on this machine only.

    Args:
        plugin: path of the dynamic security plugin; without it, accounts are stored in files.
        tls: whether there is a listener with TLS.
    """
    lines = (
        f"listener {plan.broker_port} {plan.broker_bind}",
        "use_username_as_clientid true",
        *(_tls_listener(plan, home) if tls else ()),
        f"listener {plan.backend_port} {BACKEND_HOST}",
        "allow_anonymous false",
        *_accounts(home, plugin),
        "persistence true",
        f"persistence_location {home.broker / 'store'}/",
        "autosave_interval 2",
        "persistent_client_expiration 30d",
        *_LIMITS,
        *_LOG,
        *(("user root",) if os.geteuid() == 0 and not has_user() else ()),
    )
    return "\n".join(lines) + "\n"


def _tls_listener(plan: Plan, home: Home) -> tuple[str, ...]:
    certificate, key = (home.broker / name for name in TLS_FILES)
    return (
        f"listener {plan.tls_port} {plan.tls_bind}",
        "use_username_as_clientid true",
        f"certfile {certificate}",
        f"keyfile {key}",
        "tls_version tlsv1.2",
    )


def _accounts(home: Home, plugin: str | None) -> tuple[str, str]:
    if plugin is None:
        folder = home.broker
        return f"password_file {folder / 'passwords'}", f"acl_file {folder / 'rules'}"
    return f"plugin {plugin}", f"plugin_opt_config_file {accounts_file(home)}"
