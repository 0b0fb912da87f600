"""What a liaison's pages show of a message: its content as it was sent, with labels."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from incidents import kinds
from incidents.feeds.liaison import Case
from incidents.models import FeedMessage
from incidents.severities import Certainty, Severity, Urgency


def shown_case(case: Case) -> dict[str, Any]:
    """Return what a page shows of a case: its last message, and its state as a label and tone."""
    label, tone = _state(case)
    return {"case": case, "shown": _shown_message(case), "state": label, "tone": tone}


def _shown_message(case: Case) -> dict[str, Any]:
    """Return the content of the last message with the labels of its codes, and times as instants.

    Its type is the one under which the endpoint received it.
    """
    delivery, type = case.typed[-1]
    message = delivery.message
    told = message.content
    kind = told.get("kind", "")
    return {
        **told,
        "title": kinds.get(kind).label if kinds.is_registered(kind) else type.label,
        "type": type.label,
        "severity": _label(Severity, told.get("severity")),
        "urgency": _label(Urgency, told.get("urgency")),
        "certainty": _label(Certainty, told.get("certainty")),
        "first_at": datetime.fromisoformat(told["first_at"]),
        "last_at": datetime.fromisoformat(told["last_at"]),
    }


def _label(codes: Any, code: object) -> object:
    return codes(code).label if code in codes.values else code


def _state(case: Case) -> tuple[object, str]:
    if case.latest.message.type == FeedMessage.Type.TEST:
        return _("test"), ""
    if case.is_closed:
        return pgettext_lazy("message", "closed"), ""
    if case.latest.message.type == FeedMessage.Type.CANCEL and case.is_acknowledged:
        return pgettext_lazy("message", "cancelled"), ""
    if case.is_acknowledged:
        return pgettext_lazy("message", "acknowledged"), "go"
    return pgettext_lazy("message", "new"), "stop"
