"""The supervisor of this home, asked by a web process: its record, and a restart."""

from django.conf import settings
from django.utils.translation import gettext as _

from config.appliance import records, restarts
from config.appliance.places import Home
from config.appliance.supervisor import SUPERVISOR
from core import audit
from core.errors import Rejection
from core.models import User


def current_home() -> Home:
    """Return the home of this installation."""
    return Home.at(settings.HOME)


def supervisor_of(home: Home) -> dict[str, str]:
    """Return the record of the running supervisor; empty without one."""
    is_running = records.find_running(home.run, SUPERVISOR) is not None
    return records.load(home.run, SUPERVISOR) if is_running else {}


def can_restart(supervisor: dict[str, str]) -> bool:
    """Return whether a supervisor restarts processes on request."""
    return bool(supervisor.get(restarts.CAN_RESTART))


def request_restart(actor: User, what: str, action: str, subject: audit.Subject) -> None:
    """Have the supervisor restart processes.

    Args:
        what: `config.appliance.restarts.WEB` or `ALL`.
        action: as the audit log calls it.

    Raises:
        Rejection: there is no supervisor that can.
    """
    home = current_home()
    if not can_restart(supervisor_of(home)):
        raise Rejection(
            "restart",
            "no_supervisor",
            _("there is no supervisor that could restart Gatehouse"),
            _("restart Gatehouse on the server"),
        )
    audit.record(None, actor, action, subject)
    restarts.request_restart(home, what)
