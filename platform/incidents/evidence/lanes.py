"""The lane that an occurrence is about."""

from django.db.models import Q

from estate.models import Lane
from incidents.evidence.values import device_id_of
from incidents.models import Occurrence


def lane_id_of(occurrence: Occurrence) -> int | None:
    """Return the key of the lane of an occurrence: its source, or its device's; None for none."""
    subject, _colon, rest = occurrence.incident.source.partition(":")
    number = rest.partition(":")[0]
    if subject == "lane" and number.isdecimal():
        return int(number)
    named = occurrence.detail.get("lane_id")
    if isinstance(named, int):
        return named
    device_id = device_id_of(occurrence)
    if device_id is None:
        return None
    own = Lane.objects.filter(Q(camera=device_id) | Q(barrier=device_id)).order_by("pk")
    return own.values_list("pk", flat=True).first()
