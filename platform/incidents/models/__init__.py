"""The watch-list, alarm rules, incidents, and what is dispatched of them."""

from incidents.models.alarms import AlarmPeriod, AlarmRule, AlarmRuleVersion, AlarmState
from incidents.models.dispositions import Disposition
from incidents.models.escalation import (
    EscalationNotice,
    EscalationPolicy,
    EscalationRun,
    EscalationStep,
    TestAlarm,
    TestAlarmRecipient,
)
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
from incidents.models.handling import Comment, ProcedureStep, Review, StepTick
from incidents.models.incident import Incident, Occurrence, TimelineEntry
from incidents.models.liaison import LiaisonReply
from incidents.models.muting import IncidentSettings, Silence
from incidents.models.on_call import HandOver, RotaLayer, RotaMember, RotaOverride, Shift
from incidents.models.site_keys import SiteKey
from incidents.models.watch_list import WatchEntry

__all__ = [
    "AlarmPeriod",
    "AlarmRule",
    "AlarmRuleVersion",
    "AlarmState",
    "CameraNetworks",
    "Comment",
    "Delivery",
    "DeliveryAttempt",
    "Disposition",
    "EscalationNotice",
    "EscalationPolicy",
    "EscalationRun",
    "EscalationStep",
    "Evidence",
    "EvidenceCamera",
    "EvidenceLink",
    "Exercise",
    "FeedEndpoint",
    "FeedMessage",
    "HandOver",
    "Incident",
    "IncidentExport",
    "IncidentSettings",
    "LiaisonReply",
    "LinkOpening",
    "Occurrence",
    "PictureRequest",
    "ProcedureStep",
    "Review",
    "RotaLayer",
    "RotaMember",
    "RotaOverride",
    "Shift",
    "Silence",
    "SiteKey",
    "StepTick",
    "TestAlarm",
    "TestAlarmRecipient",
    "TimelineEntry",
    "WatchEntry",
]
