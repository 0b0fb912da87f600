"""The timeline of an incident: who did what when, and what the system did.

Each part of the room declares what it records with `declare`; what is recorded stays as long as
the incident's details (`incidents.jobs.redact_incidents`).
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise

from core import clock
from core.models import User
from core.text_lists import joined
from incidents.models import Incident, TimelineEntry

Label = str | Promise
Text = Label | Callable[[TimelineEntry], Label]
_texts: dict[str, Text] = {}
_afterwards: dict[str, Label] = {}


def declare(code: str, text: Text, *, afterwards: Label = "") -> str:
    """Declare what a code of the timeline is called on pages, and return the code.

    Args:
        text: with ``%(name)s`` for an entry's values, or a function of the entry.
        afterwards: what is left to say once the values are past their retention; may be empty
            where that is what stands before a colon.

    Raises:
        ValueError: the code is declared twice, or a function without what is said afterwards.
    """
    if _texts.setdefault(code, text) is not text:
        raise ValueError(f"{code} is declared twice for the timeline")
    if _is_function(text) and not afterwards:
        raise ValueError(f"{code} has no text for entries past their retention")
    _afterwards[code] = afterwards
    return code


def record(
    incident: Incident,
    what: str,
    actor: User | None = None,
    *,
    at: datetime | None = None,
    **values: Any,
) -> TimelineEntry:
    """Append to an incident's timeline, in the caller's transaction.

    Args:
        what: a declared code.
        actor: who did it; None: the system.
        at: when it happened; now unless given.
        values: plain JSON for the text; no names of people and no plates beside the incident's own.
    """
    return TimelineEntry.objects.create(
        incident=incident, at=at or clock.now(), code=what, actor=actor, values=values
    )


def record_all(incidents: Iterable[Incident], what: str) -> None:
    """Append what the system did to the timelines of several incidents."""
    now = clock.now()
    TimelineEntry.objects.bulk_create(
        TimelineEntry(incident=each, at=now, code=what) for each in incidents
    )


def of(incident: Incident) -> QuerySet[TimelineEntry]:
    """Return an incident's timeline, the latest entry first."""
    return incident.timeline.select_related("actor").order_by("-at", "-pk")


def describe(entry: TimelineEntry) -> str:
    """Return what an entry says, in the reader's language."""
    text = _texts.get(entry.code)
    if text is None:
        return entry.code.replace("_", " ")
    try:
        if callable(text) and not isinstance(text, Promise):
            return str(text(entry))
        return str(text) % {name: _shown(value) for name, value in entry.values.items()}
    except KeyError:  # its values are past their retention
        return str(_afterwards[entry.code] or str(text).partition("%(")[0].strip(" :："))


def _is_function(text: Text) -> bool:
    return callable(text) and not isinstance(text, Promise)


def _shown(value: Any) -> Any:
    """Return a value as its text shows it: a list as the reader's language writes lists."""
    return joined(value) if isinstance(value, list) else value
