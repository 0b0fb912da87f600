"""Permissions on incidents, alarm rules, the watch-list and who is on call."""

from enum import StrEnum

from core.permissions import Grants, StandardRole


class IncidentPermission(StrEnum):
    """What a role may do with incidents, alarm rules and the watch-list."""

    VIEW_INCIDENTS = "incidents.view_incidents"
    # Those of devices alone, as technicians need them; all of them with the one above.
    VIEW_DEVICE_INCIDENTS = "incidents.view_device_incidents"
    REPORT_INCIDENT = "incidents.report_incident"
    REVIEW_INCIDENT = "incidents.review_incident"
    # Send a reviewed incident to authorities.
    DISPATCH_INCIDENT = "incidents.dispatch_incident"
    MANAGE_FEEDS = "incidents.manage_feeds"
    MANAGE_WATCH_LIST = "incidents.manage_watch_list"
    MANAGE_ALARM_RULES = "incidents.manage_alarm_rules"
    MANAGE_EVIDENCE_CAMERAS = "incidents.manage_evidence_cameras"
    # Start and end exercises, and raise their incidents.
    RUN_EXERCISES = "incidents.run_exercises"
    MANAGE_ON_CALL = "incidents.manage_on_call"
    SILENCE_INCIDENTS = "incidents.silence_incidents"
    # Procedures, and what is grouped, notified again and hidden.
    MANAGE_HANDLING = "incidents.manage_handling"
    # Of liaisons: what was dispatched to their endpoints, and nothing else.
    VIEW_DISPATCHED = "incidents.view_dispatched"
    ANSWER_DISPATCHED = "incidents.answer_dispatched"


PERMISSIONS = IncidentPermission
_OF_LIAISONS = {IncidentPermission.VIEW_DISPATCHED, IncidentPermission.ANSWER_DISPATCHED}
GRANTS: Grants = {
    StandardRole.GUARD: {
        IncidentPermission.VIEW_INCIDENTS,
        IncidentPermission.VIEW_DEVICE_INCIDENTS,
        IncidentPermission.REPORT_INCIDENT,
    },
    StandardRole.TECHNICIAN: {
        IncidentPermission.VIEW_DEVICE_INCIDENTS,
        IncidentPermission.MANAGE_EVIDENCE_CAMERAS,
    },
    StandardRole.SECURITY: set(IncidentPermission) - _OF_LIAISONS,
    StandardRole.LIAISON: _OF_LIAISONS,
}
