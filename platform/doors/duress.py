"""A PIN that calls for help: the door answers as always, and the staff are told by an incident."""

from core import jobs
from doors import alarms
from doors.incident_kinds import DURESS
from doors.models import DoorPassage
from incidents import services
from incidents.severities import Severity


def raise_later(passage: DoorPassage) -> None:
    """Raise the incident by a job after the commit, so that the door answers as fast as always."""
    jobs.enqueue(raise_incident, passage.pk)


@jobs.job(queue=jobs.FAST)
def raise_incident(passage_id: int) -> None:
    """Raise the incident of a passage; one that comes twice counts as another occurrence."""
    passage = DoorPassage.objects.select_related("door").filter(pk=passage_id).first()
    if passage is None:
        return
    detail = {
        "device": passage.device_id,
        "door": passage.door.name if passage.door else "",
        "door_passage": passage.pk,
    }
    source = f"device:{passage.device_id}:duress"
    services.raise_incident(passage.site_id, DURESS, source, Severity.EXTREME, passage.at, detail)
    alarms.observe_at(passage.site_id, passage.device_id, alarms.CALLED_FOR_HELP, passage.at)
