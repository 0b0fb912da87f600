"""Where devices reach the broker, as the console changes it (console.installation.ports)."""

import ipaddress
import re
import socket
from contextlib import suppress
from dataclasses import asdict

from django.conf import settings
from django.utils.translation import gettext as _

from config import supervised
from config.appliance import restarts
from config.appliance.broker_address import BrokerAddress, Reach
from config.appliance.mosquitto import find_mosquitto
from config.appliance.runtime import LOOPBACK, Choices, Plan
from console.installation.ports import BrokerState
from core import audit, installation, revisions
from core.errors import Rejection
from core.models import User

NAME = "broker"
_SUBJECT = installation.subject_of(NAME)
_VARIABLES = (
    *("GATEHOUSE_MQTT_BIND", "GATEHOUSE_MQTT_PORT", "GATEHOUSE_MQTT_PUBLIC"),
    *("GATEHOUSE_MQTT_TLS_BIND", "GATEHOUSE_MQTT_TLS_PORT"),
)
_LONGEST_HOST = 253
_LABEL = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)")


class ApplianceBroker:
    """The appliance's own broker; that of a fleet is configured where it runs."""

    def state(self) -> BrokerState:
        """Return where devices reach the broker, now and after a restart."""
        home = supervised.current_home()
        supervisor = supervised.supervisor_of(home)
        chosen = BrokerAddress.chosen(home)
        choices = Choices.now(home)
        plan = Plan.of(home, choices)
        return BrokerState(
            is_own="broker" in supervisor,
            reach=chosen.reach,
            values=asdict(chosen),
            listens=supervisor.get("broker", "").split(" ")[:2],
            public=settings.MQTT_PUBLIC,
            knows_tls=plan.has_tls_listener,
            overridden=[name for name in _VARIABLES if choices.chosen(name)],
            is_pending=supervisor.get("broker", plan.broker_listeners) != plan.broker_listeners,
            can_restart=supervised.can_restart(supervisor),
            has_authority=(home.tls / "ca.crt").is_file(),
        )

    def change(
        self, actor: User, *, reach: str, address: str, port: int, tls_port: int, revision: str = ""
    ) -> None:
        """Choose who reaches the broker, and where; it holds after a restart."""
        home = supervised.current_home()
        if "broker" not in supervised.supervisor_of(home):
            raise Rejection(
                "reach",
                "not_changeable",
                _("the broker does not belong to this installation"),
                _("change it where the broker runs"),
            )
        before = BrokerAddress.chosen(home)
        after = BrokerAddress(Reach(reach), address.strip(), port, tls_port)
        revisions.require_revision(revision, asdict(before), None, _SUBJECT)
        plan = Plan.of(home, Choices.now(home))
        _require_valid(after, before, plan)
        after.store(home)
        changed = revisions.changed_values(asdict(before), asdict(after))
        audit.record(None, actor, "change broker settings", _SUBJECT, **changed)

    def restart(self, actor: User) -> None:
        """Have the supervisor restart the broker and all processes."""
        supervised.request_restart(actor, restarts.ALL, "restart broker", _SUBJECT)


def _require_valid(after: BrokerAddress, before: BrokerAddress, plan: Plan) -> None:
    if after.reach == Reach.TLS and not plan.has_tls_listener:
        text = _("this broker knows no TLS")
        hint = _("allow connections without TLS") if find_mosquitto() else _("install mosquitto")
        raise Rejection("reach", "no_tls", text, hint)
    if after.reach != Reach.LOCAL or after.address:
        _require_host(after.address)
    taken = {plan.web_port, plan.backend_port}
    for field, port, own in (
        ("port", after.port, {before.port, plan.broker_port}),
        ("tls_port", after.tls_port, {before.tls_port, plan.tls_port}),
    ):
        if port in taken or (port not in own and not _is_free(port)):
            text = _("port %(port)s is used by another program") % {"port": port}
            raise Rejection(field, "taken", text, _("choose another one"))
        taken.add(port)


def _require_host(host: str) -> None:
    """Validate the name or network address of this machine.

    Raises:
        Rejection: it is neither, or only this machine knows it.
    """
    with suppress(ValueError):
        address = ipaddress.ip_address(host)
        if not (address.is_loopback or address.is_unspecified):
            return
        host = "localhost"
    is_name = len(host) <= _LONGEST_HOST and all(map(_LABEL.fullmatch, host.split(".")))
    if is_name and host not in LOOPBACK:
        return
    raise Rejection(
        "address",
        "local" if is_name else "invalid",
        _("other machines cannot reach this address"),
        _("enter this machine's address in the devices' network, such as 10.0.7.1, without a port"),
    )


def _is_free(port: int) -> bool:
    """Return whether a server could listen at the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except OSError:
            return False
    return True
