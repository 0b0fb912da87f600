"""The cards of an incident's page: each a template and what it shows, in the order of the page.

Add a card to `CARDS`, with its template beside the others. A card is left out where the person
lacks its permission, or it has no content.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from console import delivery_labels
from console.incidents.sending import deliveries_card
from core.models import User
from core.notifications.selectors import record_of
from core.permissions import SitePermission
from incidents import procedures, selectors, timeline
from incidents.escalation.notices import subject_of
from incidents.models import Incident
from incidents.permissions import IncidentPermission
from ui.pages import SiteRequest

_VIEW = IncidentPermission.VIEW_INCIDENTS


class Column(StrEnum):
    """Where a card stands on a wide screen; on a phone they follow each other in this order."""

    FIRST = "first_cards"  # under the facts and the buttons
    WIDE = "wide_cards"
    SIDE = "side_cards"


@dataclass(frozen=True)
class Card:
    """A card of an incident's page.

    Attributes:
        template: included with ``card``, what ``context`` returned, besides the page's context.
        context: of the request and the incident; None: nothing to show.
        permission: without it, the card is left out.
        column: where it stands.
    """

    template: str
    context: Callable[[SiteRequest, Incident], dict[str, Any] | None]
    permission: str = _VIEW
    column: Column = Column.SIDE


def cards_of(request: SiteRequest, incident: Incident) -> dict[str, list[dict[str, Any]]]:
    """Return the cards that the person sees, by the code of their column."""
    shown: dict[str, list[dict[str, Any]]] = {column.value: [] for column in Column}
    for card in CARDS:
        found = card.context(request, incident) if _may(request, card) else None
        if found is not None:
            shown[card.column].append({"template": card.template, "context": found})
    return shown


def _may(request: SiteRequest, card: Card) -> bool:
    return card.permission in request.site_permissions


def _name_of(actor: User | None) -> str:
    """Return the name of who did something; empty for the system."""
    return actor.display_name if actor else ""


def _comments(_request: SiteRequest, incident: Incident) -> dict[str, Any]:
    rows = incident.comments.select_related("author")
    return {"comments": [(each, each.author.display_name) for each in rows]}


def _timeline(_request: SiteRequest, incident: Incident) -> dict[str, Any]:
    rows = timeline.of(incident)[:100]
    return {"entries": [(each, timeline.describe(each), _name_of(each.actor)) for each in rows]}


def _procedure(_request: SiteRequest, incident: Incident) -> dict[str, Any] | None:
    steps = procedures.steps_of(incident)
    if not steps:
        return None
    done = sum(each.tick is not None for each in steps)
    return {
        "steps": [(each, _name_of(each.tick.actor if each.tick else None)) for each in steps],
        "done": done,
        "total": len(steps),
    }


def _related(_request: SiteRequest, incident: Incident) -> dict[str, Any] | None:
    found = selectors.related(incident)
    return {"related": found} if any(found.values()) else None


def _notified(_request: SiteRequest, incident: Incident) -> dict[str, Any] | None:
    rows = record_of(subject_of(incident.pk))
    lines = [(row, row.recipient.display_name) for row in rows]
    found = [(row, name, delivery_labels.all_described(row)) for row, name in lines]
    return {"lines": found} if found else None


def _occurrences(_request: SiteRequest, incident: Incident) -> dict[str, Any]:
    return {"log": incident.log.all()[:100]}


def _evidence(_request: SiteRequest, _incident: Incident) -> dict[str, Any]:
    return {}  # fetched after the page


def _watch_entry(_request: SiteRequest, incident: Incident) -> dict[str, Any] | None:
    return {"entry": incident.watch_entry} if incident.watch_entry else None


CARDS: tuple[Card, ...] = (
    Card("console/incidents/procedure.html", _procedure, column=Column.FIRST),
    Card("console/incidents/occurrences.html", _occurrences, column=Column.WIDE),
    Card("console/evidence.html", _evidence, column=Column.WIDE),
    Card("console/incidents/comments.html", _comments, column=Column.WIDE),
    Card("console/incidents/timeline.html", _timeline, column=Column.WIDE),
    Card("console/incidents/deliveries.html", deliveries_card),
    Card("console/incidents/watch_entry.html", _watch_entry),
    Card("console/incidents/related.html", _related),
    Card(
        "console/incidents/notified.html",
        _notified,
        permission=SitePermission.VIEW_NOTIFICATIONS,
    ),
)
