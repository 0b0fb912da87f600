"""What the timeline of an incident says of its escalation and of shifts."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.models import User
from core.notifications.channels import LABELS
from incidents import timeline
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
    return _(", ").join(named)


def _escalated(values: timeline.Values) -> str:
    shown: dict[str, Any] = {
        "step": values["step"],
        "target": _target(values),
        "names": names_of(values.get("users", [])),
        "channels": _channels(values),
    }
    if values.get("repetition"):
        shown["round"] = values["repetition"] + 1
        text = _("Step %(step)s, round %(round)s: notified %(target)s: %(names)s (%(channels)s)")
    else:
        text = _("Step %(step)s: notified %(target)s: %(names)s (%(channels)s)")
    return text % shown


def _no_one(values: timeline.Values) -> str:
    target = _target(values)
    text = _("Step %(step)s: %(target)s: there is no one to notify")
    return text % {"step": values["step"], "target": target}


def _target(values: timeline.Values) -> str:
    role, name = values.get("role", ""), values.get("role_name", "")
    return target_label(values["target"], role, name)


def _came_back(values: timeline.Values) -> str:
    text = _("The cause is back: notified %(names)s (%(channels)s)")
    return text % {"names": names_of(values["users"]), "channels": _channels(values)}


def _channels(values: timeline.Values) -> str:
    return _(", ").join(str(LABELS.get(each, each)) for each in values.get("channels", []))


ESCALATED = timeline.declare("escalated", _escalated)
NO_ONE = timeline.declare("escalated_to_no_one", _no_one)
BY_PERSON = timeline.declare("escalated_by_person", gettext_lazy("Escalated"))
CAME_BACK = timeline.declare("came_back", _came_back)
HANDED_OVER = timeline.declare("handed_over", gettext_lazy("Handed over at the end of a shift"))
TAKEN_OVER = timeline.declare("taken_over", gettext_lazy("Taken over with a shift"))
