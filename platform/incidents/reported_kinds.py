"""The kinds of incidents that people report beside those that devices raise."""

from django.utils.translation import gettext_lazy as _

from incidents import kinds
from incidents.kinds import Category, Kind, register
from incidents.severities import Certainty, Severity, Urgency

MEDICAL = register(
    Kind(
        "medical",
        _("medical emergency"),
        (Category.HEALTH, Category.RESCUE),
        Urgency.IMMEDIATE,
        Certainty.OBSERVED,
        dispatchable=True,
        severity=Severity.SEVERE,
        reportable=True,
    )
)
VIOLENCE = register(
    Kind(
        "violence",
        _("fight or threat"),
        (Category.SECURITY, Category.SAFETY),
        Urgency.IMMEDIATE,
        Certainty.OBSERVED,
        dispatchable=True,
        severity=Severity.SEVERE,
        reportable=True,
    )
)
ACCIDENT = register(
    Kind(
        "traffic_accident",
        _("traffic accident"),
        (Category.TRANSPORT, Category.RESCUE),
        Urgency.IMMEDIATE,
        Certainty.OBSERVED,
        dispatchable=True,
        reportable=True,
    )
)
THEFT = register(
    Kind(
        "theft",
        _("theft"),
        certainty=Certainty.LIKELY,
        dispatchable=True,
        reportable=True,
    )
)
VANDALISM = register(
    Kind(
        "vandalism",
        _("vandalism"),
        (Category.SECURITY, Category.INFRA),
        certainty=Certainty.OBSERVED,
        dispatchable=True,
        severity=Severity.MINOR,
        reportable=True,
    )
)
SUSPICIOUS = register(
    Kind("suspicious_person", _("suspicious person"), dispatchable=True, reportable=True)
)
OTHER = register(Kind("other_incident", _("other incident"), reportable=True))


def reportable() -> list[Kind]:
    """Return the kinds that people report, those that endanger people first."""
    found = [kind for kind in kinds.all() if kind.reportable]
    return sorted(found, key=lambda kind: (kind is kinds.get(OTHER), kind.urgency != "immediate"))
