"""The appliance's broker: mosquitto where the machine has it, else the embedded one."""

import os
import shutil
from dataclasses import dataclass, replace

from config.appliance.broker_files import set_backend_password
from config.appliance.dynsec_file import accounts_file, lay_out_accounts
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
from config.appliance.places import Home, open_the_way
from config.appliance.programs import Program, manage
from config.appliance.runtime import Plan
from devices.ports import BrokerError
from integrations.mosquitto.control import ControlConnection

NAME = "broker"
LARGEST_MESSAGE = 32 * 1024 * 1024
EMBEDDED_WARNING = (
    "mosquitto is not installed: using the embedded broker (amqtt), for trying out only. "
    "Messages that wait in it are lost when it stops, and it carries few devices. "
    "Mend: apt-get install mosquitto, then start again."
)


@dataclass(frozen=True)
class Broker:
    """The broker of one appliance: its files and its program."""

    home: Home
    plan: Plan

    @property
    def mosquitto(self) -> str | None:
        """The path of mosquitto's program, or None where the machine has none."""
        return find_mosquitto()

    @property
    def system_user(self) -> str | None:
        """The user that mosquitto runs as under root; None means the one who starts it."""
        return SYSTEM_USER if os.geteuid() == 0 and self.mosquitto and has_user() else None

    def make(self) -> None:
        """Write configuration and the backend's account; devices stay as they were."""
        folder = self.home.broker
        password = self.plan.secrets["GATEHOUSE_BROKER_PASSWORD"]
        lay_out(self.home, password, accounts_kind(), self.system_user)
        text = configuration(self.plan, self.home, find_plugin())
        write_for_broker(folder / "mosquitto.conf", text)

    def rejection(self) -> str:
        """Why the running broker does not let us in; "" where it does.

        With a file of accounts that it can't read, mosquitto starts and refuses everybody.
        """
        if accounts_kind() != DYNSEC:
            return ""
        try:
            with ControlConnection(self.plan.broker_url):
                return ""
        except BrokerError as error:
            return str(error)

    def program(self) -> Program:
        """How the broker is kept running."""
        address = (self.plan.broker_host, self.plan.broker_port)
        if self.mosquitto is None:
            where = f"{self.plan.broker_bind}:{self.plan.broker_port}"
            return replace(manage(NAME, "embedded_broker", where), address=address)
        command = (self.mosquitto, "-c", str(self.home.broker / "mosquitto.conf"))
        return Program(NAME, command, user=self.system_user, address=address)


def lay_out(
    home: Home, backend_password: str, accounts: str, system_user: str | None = None
) -> None:
    """Make the broker's folder with the backend's account, where they are missing.

    `accounts` is how the broker keeps them: DYNSEC or FILES. `system_user` is the user that the
    broker runs as where root starts it; it owns the stored messages, and can read the rest.
    """
    folder, store = home.broker, home.broker / "store"
    store.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        open_the_way(folder)
        os.chown(folder, 0, broker_group())
        folder.chmod(0o750)
    if system_user is not None:
        for path in (store, *store.iterdir()):
            shutil.chown(path, system_user, broker_group())
    if accounts == DYNSEC:
        lay_out_accounts(home, backend_password)
    else:
        set_backend_password(home, backend_password)


def configuration(plan: Plan, home: Home, plugin: str | None) -> str:
    """mosquitto's configuration; its accounts are kept by the plugin at that path, else in files.

    The queue of a consumer that is away is bounded by bytes rather than by the default of 1,000
    messages, above which mosquitto drops without a word. Messages that are too large for us are
    let through up to LARGEST_MESSAGE, so that they become dead letters a person can see; the
    broker would only cut the connection. A message in flight waits for a commit, so many of them
    may be in flight at once.
    """
    lines = (
        f"listener {plan.broker_port} {plan.broker_bind}",
        "allow_anonymous false",
        *_accounts(home, plugin),
        "persistence true",
        f"persistence_location {home.broker / 'store'}/",
        "autosave_interval 2",
        "persistent_client_expiration 30d",
        "max_queued_messages 1000000",
        "max_queued_bytes 1073741824",
        "max_inflight_messages 2000",
        f"max_packet_size {LARGEST_MESSAGE}",
        "set_tcp_nodelay true",
        "sys_interval 0",
        "log_dest stderr",
        "log_type error",
        "log_type warning",
        "log_type notice",
        "connection_messages false",
        "log_timestamp_format %Y-%m-%dT%H:%M:%S",
        *(("user root",) if os.geteuid() == 0 and not has_user() else ()),
    )
    return "\n".join(lines) + "\n"


def _accounts(home: Home, plugin: str | None) -> tuple[str, str]:
    if plugin is None:
        folder = home.broker
        return f"password_file {folder / 'passwords'}", f"acl_file {folder / 'rules'}"
    return f"plugin {plugin}", f"plugin_opt_config_file {accounts_file(home)}"
