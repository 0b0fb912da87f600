"""Where an incident is: found once, when it is raised, since devices may move later."""

from collections.abc import Mapping
from typing import Any

from estate.locations import NOWHERE, Location, location_of_device, location_of_lane
from incidents.models import Incident

LONGEST_LABEL = 160


def locate(incident: Incident, detail: Mapping[str, Any]) -> None:
    """Store where an incident is, from its source or its first occurrence."""
    found = place_of(incident.source, detail)
    if found == NOWHERE:
        return
    incident.place = found.label[:LONGEST_LABEL]
    incident.lot_id, incident.building_id = found.lot_id, found.building_id
    incident.longitude, incident.latitude = found.position or (None, None)
    incident.save(update_fields=["place", "lot", "building", "longitude", "latitude"])


def place_of(source: str, detail: Mapping[str, Any]) -> Location:
    """Return where a source is: a device, a lane, or where the occurrence was seen.

    Args:
        source: such as ``device:12:smoke`` or ``lane:3:rule:4``.
        detail: of an occurrence; ``lane_id`` or ``device`` where the source names no place.
    """
    subject, _colon, rest = source.partition(":")
    number = rest.partition(":")[0]
    if subject == "lane" and number.isdecimal():
        return location_of_lane(int(number))
    if subject == "device" and number.isdecimal():
        return location_of_device(int(number))
    if isinstance(detail.get("lane_id"), int):
        return location_of_lane(detail["lane_id"])
    if isinstance(detail.get("device"), int):
        return location_of_device(detail["device"])
    return NOWHERE
