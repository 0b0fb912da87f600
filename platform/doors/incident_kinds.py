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
    )
)
