"""The kinds of incidents at doors (specification, incident map)."""

from django.utils.translation import gettext_lazy as _

from incidents.kinds import Category, Kind, register
from incidents.severities import Certainty, Severity, Urgency

DURESS = register(
    Kind(
        "duress",
        _("entry under duress"),
        (Category.SECURITY, Category.RESCUE),
        Urgency.IMMEDIATE,
        Certainty.LIKELY,
        dispatchable=True,
        severity=Severity.EXTREME,
        for_rules=True,
    )
)
HELD = register(
    Kind(
        "door_held",
        _("door held open"),
        certainty=Certainty.OBSERVED,
        severity=Severity.MINOR,
        closes_itself=True,
        for_rules=True,
        of_devices=True,
    )
)
REFUSALS = register(
    Kind(
        "door_refusals",
        _("refused again and again at a door"),
        certainty=Certainty.OBSERVED,
        dispatchable=True,
        for_rules=True,
    )
)
LIST_FULL = register(
    Kind(
        "door_list_full",
        _("list of a door's device is full"),
        (Category.INFRA,),
        Urgency.FUTURE,
        Certainty.OBSERVED,
        severity=Severity.MODERATE,
    )
)
