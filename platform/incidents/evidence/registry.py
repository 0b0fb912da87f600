"""What provides evidence; rooms above register theirs."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from incidents.models import Occurrence


@dataclass(frozen=True)
class Found:
    """A piece of evidence that a provider has found.

    Attributes:
        kind: one of `Evidence.Kind`.
        key: what it is for its provider, such as ``12`` of a passage; equal for the same piece.
        taken_at: when it was taken, or the instant that it is about.
        values: plain JSON.
        image: a JPEG; None without a picture.
        camera_id: of an `EvidenceCamera`.
        is_own: whether it shows what the incident is about; else an authority sees it only after
            a person has released it.
    """

    kind: str
    key: str
    taken_at: datetime
    values: dict[str, Any] = field(default_factory=dict)
    image: bytes | None = field(default=None, repr=False)
    camera_id: int | None = None
    is_own: bool = True


@dataclass(frozen=True)
class Provider:
    """What provides evidence.

    Attributes:
        code: its name in the database.
        collect: yields what there is of an occurrence by now; pieces that are stored already are
            left out by the caller.
    """

    code: str
    collect: Callable[[Occurrence], Iterable[Found]]


_providers: dict[str, Provider] = {}


def register(provider: Provider) -> None:
    """Register a provider; called by the `apps.py` of its room."""
    _providers[provider.code] = provider


def providers() -> list[Provider]:
    """Return all providers in the order of their registration."""
    return list(_providers.values())
