"""Which active incidents explain others and hide them, by a site's rules.

A rule says: while an incident of kind ``by`` is active and its cause is not gone, it hides those of
the kinds ``hides`` that are related to it. They are related when two keys of theirs are equal and
not empty: an incident without a gateway is not hidden by one that has none either.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from incidents import own_kinds
from incidents.models import Incident, IncidentSettings


class Relation(models.TextChoices):
    """How a hidden incident is related to the one that explains it."""

    GATEWAY = "gateway", _("of devices behind the same gateway device")
    DEVICE = "device", _("of the same device")
    GATE = "gate", _("at the same gate")
    LOT = "lot", _("in the same car park")
    SITE = "site", _("anywhere at the site")


# The key of the one that explains, and of the one that it hides.
_COMPARED: Mapping[str, tuple[str, str]] = {
    Relation.GATEWAY: ("device", "gateway"),
    Relation.DEVICE: ("device", "device"),
    Relation.GATE: ("gate", "gate"),
    Relation.LOT: ("lot", "lot"),
}


@dataclass(frozen=True, slots=True)
class Inhibition:
    """One rule.

    Attributes:
        by: the kind of the incident that explains.
        relation: a `Relation`.
        hides: the kinds that are hidden.
        device: of which device alone the incident explains; None: of any.
    """

    by: str
    relation: str
    hides: tuple[str, ...]
    device: int | None = None

    @property
    def code(self) -> str:
        """What it is called in addresses; the same for equal rules."""
        return hashlib.sha256(json.dumps(self.as_json()).encode()).hexdigest()[:12]

    def as_json(self) -> dict[str, Any]:
        """Return it as `IncidentSettings.inhibitions` stores it."""
        values = {"by": self.by, "relation": self.relation, "hides": list(self.hides)}
        return {**values, "device": self.device}


_OFFLINE = own_kinds.DEVICE_OFFLINE
_ANY_OFFLINE = (_OFFLINE, own_kinds.DOOR_OFFLINE)
DEFAULTS: Sequence[Inhibition] = (
    Inhibition(_OFFLINE, Relation.GATEWAY, _ANY_OFFLINE),
    Inhibition(own_kinds.DEVICE_TAMPERED, Relation.DEVICE, _ANY_OFFLINE),
)


def rules_of(settings: IncidentSettings) -> list[Inhibition]:
    """Return a site's rules; the defaults if it has not changed them."""
    if settings.inhibitions is None:
        return list(DEFAULTS)
    return [
        Inhibition(each["by"], each["relation"], tuple(each["hides"]), each.get("device"))
        for each in settings.inhibitions
    ]


def explains(kind: str, settings: IncidentSettings) -> bool:
    """Whether incidents of a kind may explain others at the site."""
    return any(rule.by == kind for rule in rules_of(settings))


def inhibitor_of(incident: Incident, settings: IncidentSettings) -> Incident | None:
    """Return the active incident that explains another one; None if there is none."""
    for rule in rules_of(settings):
        if incident.kind in rule.hides:
            found = _explaining(incident, rule).first()
            if found is not None:
                return found
    return None


def explained(active: Iterable[Incident], rules: Sequence[Inhibition]) -> dict[int, Incident]:
    """Return which of a site's active incidents explains which others, by their primary keys.

    An earlier one explains first; one that is explained itself explains no other.
    """
    found: dict[int, Incident] = {}
    ordered = sorted(active, key=lambda incident: incident.pk)
    related = _by_key(ordered)
    for incident in ordered:
        if incident.cleared or incident.pk in found:
            continue
        for rule in rules:
            if rule.by == incident.kind and _is_of(rule, incident):
                for other in _related(rule, incident, related):
                    found.setdefault(other.pk, incident)
    return found


def _by_key(incidents: Iterable[Incident]) -> dict[tuple[str, str, str], list[Incident]]:
    """Return incidents by kind, name of a key, and its value."""
    found: dict[tuple[str, str, str], list[Incident]] = defaultdict(list)
    for each in incidents:
        for name, value in {**each.keys, Relation.SITE.value: "site"}.items():
            found[each.kind, name, value].append(each)
    return found


def _related(
    rule: Inhibition, incident: Incident, by_key: Mapping[tuple[str, str, str], list[Incident]]
) -> Iterator[Incident]:
    """Yield the others that a rule hides while the incident is active."""
    explaining, hidden = _COMPARED.get(rule.relation, (rule.relation, rule.relation))
    value = "site" if rule.relation == Relation.SITE else incident.keys.get(explaining)
    for kind in rule.hides if value else ():
        for each in by_key.get((kind, hidden, value), ()):
            if each != incident and each.exercise == incident.exercise:
                yield each


def _explaining(incident: Incident, rule: Inhibition) -> QuerySet[Incident]:
    found = _active(incident).filter(kind=rule.by, cleared=False, inhibited_by=None)
    if rule.device is not None:
        found = found.filter(keys__device=f"device:{rule.device}")
    if rule.relation != Relation.SITE:
        explaining, hidden = _COMPARED[rule.relation]
        value = incident.keys.get(hidden)
        found = found.filter(**{f"keys__{explaining}": value}) if value else found.none()
    return found.order_by("pk")


def _active(incident: Incident) -> QuerySet[Incident]:
    """Return the site's other active incidents; those of an exercise explain only each other."""
    rows = Incident.objects.filter(site=incident.site_id, exercise=incident.exercise)
    rows = rows.exclude(pk=incident.pk)
    return rows.exclude(state__in=Incident.ENDED)


def _is_of(rule: Inhibition, incident: Incident) -> bool:
    return rule.device is None or incident.keys.get("device") == f"device:{rule.device}"
