"""What the timeline of an incident says of its escalation and of shifts."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.models import User
from core.notifications.channels import LABELS
from core.text_lists import joined
from incidents import timeline
from incidents.escalation.responders import name_of_role
from incidents.models import TimelineEntry
from incidents.models.escalation import Target
from people.labels import role_label

_STANDARDS = {
    "urgent": gettext_lazy("Severe and extreme incidents, SOS, smoke"),
    "routine": gettext_lazy("Other incidents"),
    "maintenance": gettext_lazy("Maintenance: low batteries, faults, silent devices"),
}


def standard_label(code: str) -> str:
    """Return what a standard plan is called."""
    return str(_STANDARDS[code])


def target_label(target: str, role: str = "", name: str = "") -> str:
    """Return who is notified in a step.

    Args:
        role: the code of the role that is notified; empty for another target.
        name: what the site calls the role; empty where it was not recorded.
    """
    if target == Target.ROLE:
        return _("role %(role)s") % {"role": role_label(role, name)}
    return str(Target(target).label)


def names_of(users: list[int]) -> str:
    """Return the names of people, in that order."""
    found = User.objects.in_bulk(users)
    named = [found[key].display_name for key in users if key in found]
    return joined(named)


def _escalated(entry: TimelineEntry) -> str:
    values = entry.values
    shown: dict[str, Any] = {
        "step": values["step"],
        "target": _target(entry),
        "names": names_of(values.get("users", [])),
        "channels": _channels(values),
    }
    if values.get("repetition"):
        shown["round"] = values["repetition"] + 1
        text = _("Step %(step)s, round %(round)s: notified %(target)s: %(names)s (%(channels)s)")
    else:
        text = _("Step %(step)s: notified %(target)s: %(names)s (%(channels)s)")
    return text % shown


def _no_one(entry: TimelineEntry) -> str:
    text = _("Step %(step)s: %(target)s: there is no one to notify")
    return text % {"step": entry.values["step"], "target": _target(entry)}


def _target(entry: TimelineEntry) -> str:
    """Return who was notified; a role by today's name where that of the time is not on record."""
    role, name = entry.values.get("role", ""), entry.values.get("role_name")
    if role and name is None:
        name = name_of_role(entry.incident.site, role)
    return target_label(entry.values["target"], role, name or "")


def _came_back(entry: TimelineEntry) -> str:
    values = entry.values
    text = _("The cause is back: notified %(names)s (%(channels)s)")
    return text % {"names": names_of(values["users"]), "channels": _channels(values)}


def _channels(values: Mapping[str, Any]) -> str:
    return joined(str(LABELS.get(each, each)) for each in values.get("channels", []))


ESCALATED = timeline.declare("escalated", _escalated, afterwards=gettext_lazy("Escalated"))
NO_ONE = timeline.declare(
    "escalated_to_no_one", _no_one, afterwards=gettext_lazy("There was no one to notify")
)
BY_PERSON = timeline.declare("escalated_by_person", gettext_lazy("Escalated"))
CAME_BACK = timeline.declare("came_back", _came_back, afterwards=gettext_lazy("The cause is back"))
HANDED_OVER = timeline.declare("handed_over", gettext_lazy("Handed over at the end of a shift"))
TAKEN_OVER = timeline.declare("taken_over", gettext_lazy("Taken over with a shift"))
