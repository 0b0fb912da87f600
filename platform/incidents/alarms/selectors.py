"""Read alarm rules."""

from collections.abc import Iterator, Mapping
from typing import Any

from core.models import Site
from incidents.models import AlarmRule


def watched_kinds(site: Site) -> set[str]:
    """Return the kinds of signals that the rules of a site watch, also the disabled ones."""
    rows = AlarmRule.objects.filter(site=site).values_list("definition__condition", flat=True)
    return {kind for condition in rows for kind in kinds_of(condition or {})}


def kinds_of(condition: Mapping[str, Any]) -> Iterator[str]:
    """Yield the kinds of signals of a stored condition."""
    for part in condition.get("parts", ()):
        yield from kinds_of(part)
    if "kind" in condition:
        yield condition["kind"]
