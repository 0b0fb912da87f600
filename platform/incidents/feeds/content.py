"""What a message says about an incident: a snapshot that later changes leave alone."""

from datetime import UTC, datetime
from typing import Any

from incidents import kinds
from incidents.models import Incident

#: Hits of the watch-list; the room above that raises them registers the kind.
PLATE_KIND = "plate_watchlist"


def reference_of(incident: Incident) -> str:
    """Return the incident's name outside the installation; without spaces, commas, < and &."""
    return f"{incident.site.slug}-{incident.pk}"


def content_of(incident: Incident) -> dict[str, Any]:
    """Return what may leave about an incident: what, how bad, where and when.

    The plate stands in it for a hit of the watch-list only. Photos, names and the reasons that
    people gave never do.
    """
    kind = kinds.get(incident.kind)
    content: dict[str, Any] = {
        "incident": reference_of(incident),
        "kind": incident.kind,
        "categories": list(kind.categories),
        "urgency": kind.urgency,
        "severity": incident.severity,
        "certainty": incident.certainty,
        "site": incident.site.name,
        "place": incident.place,
        "longitude": incident.longitude,
        "latitude": incident.latitude,
        "first_at": _text(incident.first_at),
        "last_at": _text(incident.last_at),
        "occurrences": incident.occurrences,
        "exercise": incident.exercise,
    }
    if incident.kind == PLATE_KIND and incident.watch_entry is not None:
        content["plate"] = incident.watch_entry.plate
    return content


def test_content(site_name: str, at: datetime, exercise: bool) -> dict[str, Any]:
    """Return the content of a test message, with the fields of an incident's."""
    return {
        "incident": "",
        "kind": "test",
        "categories": ["Other"],
        "urgency": "expected",
        "severity": "minor",
        "certainty": "unlikely",
        "site": site_name,
        "place": "",
        "longitude": None,
        "latitude": None,
        "first_at": _text(at),
        "last_at": _text(at),
        "occurrences": 0,
        "exercise": exercise,
    }


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
