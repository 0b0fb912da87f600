"""What the card of an incident's evidence shows of each piece."""

from datetime import timedelta

from django.utils.functional import Promise

from console.evidence_problems import problem_label
from core import clock
from incidents.models import Incident, PictureRequest


def failed_pictures(incident: Incident) -> list[tuple[PictureRequest, str | Promise]]:
    """Return the pictures that could not be taken, with the reasons."""
    rows = PictureRequest.objects.filter(occurrence__incident=incident, state="failed")
    found = rows.select_related("occurrence", "camera").order_by("occurrence", "offset_s")
    return [(each, problem_label(each.problem)) for each in found]


def is_waiting(incident: Incident) -> bool:
    """Return whether pictures are still being taken."""
    waiting = PictureRequest.objects.filter(occurrence__incident=incident, state="waiting")
    return waiting.exists() and clock.now() - incident.last_at < timedelta(minutes=2)
