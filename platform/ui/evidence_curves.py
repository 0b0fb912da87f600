"""The curves of an incident's evidence, drawn with their parts before and after the moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from devices.metric_labels import metric_label
from incidents.models import Evidence
from ui.curves import Curve, draw


@dataclass(frozen=True)
class MetricCurve:
    """The curve of a metric around the moment, with its name and the incident that it is from."""

    label: str
    device: str
    device_id: int
    curve: Curve
    incident_id: int


def curves_of(pieces: Sequence[Evidence]) -> list[MetricCurve]:
    """Return the curves of an incident, each with its parts before and after the moment."""
    parts: dict[tuple[str, str, str], list[Evidence]] = {}
    for piece in pieces:
        if piece.kind == Evidence.Kind.CURVE:
            values = piece.values
            key = (values["code"], values["metric"], values["moment"])
            parts.setdefault(key, []).append(piece)
    found = []
    for (code, metric, moment), own in parts.items():
        points = [
            (datetime.fromisoformat(point[0]), float(point[1]))
            for piece in sorted(own, key=lambda each: each.taken_at)
            for point in piece.values["points"]
        ]
        curve = draw(points, datetime.fromisoformat(moment))
        if curve is not None:
            device_id, incident_id = own[0].values["device"], own[0].incident_id
            label = str(metric_label(metric))
            found.append(MetricCurve(label, code, device_id, curve, incident_id))
    return found
