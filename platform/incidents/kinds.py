"""The kinds of incidents: each room registers its own, with what CAP says of them.

A kind is registered at import, by the room that raises it or by the one that an alarm rule of that
kind watches. What CAP calls severity is the incident's own; the kind's is where it begins.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise

from incidents.severities import Certainty, Severity, Urgency

MAX_CODE = 40


class Category(StrEnum):
    """CAP's categories, as CAP spells them."""

    GEO = "Geo"
    MET = "Met"
    SAFETY = "Safety"
    SECURITY = "Security"
    RESCUE = "Rescue"
    FIRE = "Fire"
    HEALTH = "Health"
    ENV = "Env"
    TRANSPORT = "Transport"
    INFRA = "Infra"
    CBRNE = "CBRNE"
    OTHER = "Other"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of incidents.

    Attributes:
        code: stable; stored with each incident, and CAP's event code.
        label: what it is called on pages.
        categories, urgency, certainty: CAP's; the certainty is that before a person's review.
        dispatchable: whether authorities may be notified of it, after a review.
        severity: where its incidents begin, unless their cause says otherwise.
        of_devices: it means work on a device; the source is ``device:`` and its primary key.
        closes_itself: its incident needs no review once the cause is gone.
        for_rules: an alarm rule may raise it.
        reportable: a person may report it by hand.
    """

    code: str
    label: str | Promise
    categories: tuple[str, ...] = (Category.SECURITY.value,)
    urgency: str = Urgency.EXPECTED.value
    certainty: str = Certainty.POSSIBLE.value
    dispatchable: bool = False
    severity: str = Severity.MODERATE.value
    of_devices: bool = False
    closes_itself: bool = False
    for_rules: bool = False
    reportable: bool = False


#: The label of each kind by its code; filled as kinds are registered.
LABELS: dict[str, str | Promise] = {}
_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> str:
    """Register a kind, and return its code.

    Raises:
        ValueError: the code is taken, too long, or no identifier.
    """
    if not kind.code.isidentifier() or len(kind.code) > MAX_CODE:
        raise ValueError(f"{kind.code!r} cannot be the code of a kind of incidents")
    if _kinds.setdefault(kind.code, kind) is not kind:
        raise ValueError(f"the kind {kind.code} is registered twice")
    LABELS[kind.code] = kind.label
    return kind.code


def get(code: str) -> Kind:
    """Return a kind; one that no room registers any more is called by its code."""
    return _kinds.get(code) or Kind(code, code)


def is_registered(code: str) -> bool:
    """Return whether incidents of the kind can be raised."""
    return code in _kinds


def all() -> list[Kind]:
    """Return all kinds in the order of their registration."""
    return list(_kinds.values())


def choices() -> list[tuple[str, str | Promise]]:
    """Return codes and labels, for forms."""
    return list(LABELS.items())


def codes_of_devices() -> list[str]:
    """Return the codes of the kinds that mean work on a device."""
    return [kind.code for kind in all() if kind.of_devices]
