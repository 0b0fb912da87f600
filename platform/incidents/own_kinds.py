"""The kinds of incidents that devices and alarm rules raise (specification, incident map)."""

from django.utils.translation import gettext_lazy as _

from incidents.kinds import Category, Kind, register
from incidents.severities import Certainty, Severity, Urgency

SOS = register(
    Kind(
        "sos",
        _("SOS"),
        (Category.RESCUE, Category.SECURITY),
        Urgency.IMMEDIATE,
        Certainty.OBSERVED,
        dispatchable=True,
        severity=Severity.EXTREME,
        for_rules=True,
        reportable=True,
    )
)
SMOKE_FIRE = register(
    Kind(
        "smoke_fire",
        _("smoke or fire"),
        (Category.FIRE,),
        Urgency.IMMEDIATE,
        Certainty.LIKELY,
        dispatchable=True,
        severity=Severity.EXTREME,
        for_rules=True,
        reportable=True,
    )
)
INTRUSION = register(
    Kind(
        "intrusion",
        _("intrusion"),
        (Category.SECURITY,),
        Urgency.IMMEDIATE,
        Certainty.POSSIBLE,
        dispatchable=True,
        severity=Severity.SEVERE,
        for_rules=True,
        reportable=True,
    )
)
TAILGATING = register(
    Kind(
        "tailgating",
        _("tailgating"),
        (Category.SECURITY,),
        Urgency.EXPECTED,
        Certainty.LIKELY,
        dispatchable=True,
        severity=Severity.MINOR,
        for_rules=True,
        reportable=True,
    )
)
BARRIER_FORCED = register(
    Kind("barrier_forced", _("barrier forced open"), of_devices=True, dispatchable=True)
)
BARRIER_HIT = register(
    Kind("barrier_hit", _("barrier hit"), (Category.TRANSPORT, Category.INFRA), of_devices=True)
)
DOOR_FORCED = register(
    Kind(
        "door_forced",
        _("door forced open"),
        dispatchable=True,
        for_rules=True,
        reportable=True,
    )
)
DEVICE_TAMPERED = register(
    Kind(
        "device_tampered",
        _("device tampered with"),
        (Category.INFRA, Category.SECURITY),
        Urgency.IMMEDIATE,
        Certainty.OBSERVED,
        dispatchable=True,
        of_devices=True,
        for_rules=True,
    )
)
DEVICE_ALARM = register(
    Kind(
        "device_alarm",
        _("device alarm"),
        (Category.INFRA,),
        certainty=Certainty.OBSERVED,
        of_devices=True,
    )
)
DEVICE_OFFLINE = register(
    Kind(
        "device_offline",
        _("device offline"),
        (Category.INFRA,),
        certainty=Certainty.OBSERVED,
        severity=Severity.MINOR,
        of_devices=True,
        closes_itself=True,
    )
)
# A device that serves a door: nobody comes in by it, or nobody sees who does.
DOOR_OFFLINE = register(
    Kind(
        "door_offline",
        _("door device offline"),
        (Category.INFRA, Category.SECURITY),
        certainty=Certainty.OBSERVED,
        of_devices=True,
        closes_itself=True,
        for_rules=True,
    )
)
ALARM_RULE = register(Kind("alarm_rule", _("alarm rule"), for_rules=True))
