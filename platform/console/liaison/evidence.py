"""The card of the evidence on a liaison's page: what may be opened, and the link that opens it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from devices.metric_labels import metric_label
from incidents.evidence import for_liaisons
from incidents.evidence.for_liaisons import CaseEvidence
from incidents.feeds.liaison import Case
from incidents.models import Evidence
from ui.pages import Text

_CURVE = Evidence.Kind.CURVE
_LABELS: dict[str, Text] = {Evidence.Kind.PASSAGE: _("Passage"), _CURVE: _("Curve")}


@dataclass(frozen=True)
class Row:
    """A piece in the list.

    Attributes:
        source: the camera, lane or device and metric.
        address: that opens it; empty before the link is issued.
    """

    label: Text
    source: Text
    at: datetime
    address: str = ""


def shown_evidence(case: Case) -> dict[str, Any]:
    """Return what the card shows."""
    found = for_liaisons.evidence_of(case)
    return {"evidence": found, "pieces": list(_rows(found))}


def _rows(found: CaseEvidence) -> Iterator[Row]:
    curves = set()
    for piece in found.pieces:
        source = _source(piece)
        if piece.kind == _CURVE:
            # The parts before and after the moment are one curve.
            if source in curves:
                continue
            curves.add(source)
        address = for_liaisons.address_of(found.link, piece) if found.link else ""
        label = _LABELS.get(piece.kind, _("Picture"))
        yield Row(label, source, piece.taken_at, address)


def _source(piece: Evidence) -> str:
    values = piece.values
    if piece.kind == _CURVE:
        return f"{values['code']}, {metric_label(values['metric'])}"
    return str(values.get("camera") or values.get("lane") or "")
