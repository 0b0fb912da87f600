"""The watch-list, alarm rules, incidents, and what is dispatched of them."""

from incidents.models.alarms import AlarmPeriod, AlarmRule, AlarmRuleVersion, AlarmState
from incidents.models.dispositions import Disposition
from incidents.models.evidence import (
    CameraNetworks,
    Evidence,
    EvidenceCamera,
    EvidenceLink,
    IncidentExport,
    LinkOpening,
    PictureRequest,
)
from incidents.models.exercises import Exercise
from incidents.models.feeds import Delivery, DeliveryAttempt, FeedEndpoint, FeedMessage
from incidents.models.incident import Incident, Occurrence, TimelineEntry
from incidents.models.site_keys import SiteKey
from incidents.models.watch_list import WatchEntry

__all__ = [
    "AlarmPeriod",
    "AlarmRule",
    "AlarmRuleVersion",
    "AlarmState",
    "CameraNetworks",
    "Delivery",
    "DeliveryAttempt",
    "Disposition",
    "Evidence",
    "EvidenceCamera",
    "EvidenceLink",
    "Exercise",
    "FeedEndpoint",
    "FeedMessage",
    "Incident",
    "IncidentExport",
    "LinkOpening",
    "Occurrence",
    "PictureRequest",
    "SiteKey",
    "TimelineEntry",
    "WatchEntry",
]
