"""How long incidents and the watch-list keep personal data (specification, R5)."""

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core import retention
from incidents.models import Occurrence

EVIDENCE, WATCH_LIST, DUTY = "incident_evidence", "watch_list", "duty"
OPENINGS = "evidence_openings"
_WATCH_LIST_DAYS, _DUTY_DAYS, _OPENINGS_DAYS = 180, 365, 365


def register_classes() -> None:
    """Declare the classes of data about incidents and the watch-list."""
    retention.register(
        retention.DataClass(
            EVIDENCE,
            _("Incidents: evidence, plates, details"),
            _("from the end of the incident"),
            lambda: settings.EVIDENCE_DAYS,
            shortest=30,
        )
    )
    retention.register(
        retention.DataClass(
            OPENINGS,
            _("Openings of evidence links: who, when, from which address"),
            _("from the end of the incident"),
            lambda: max(_OPENINGS_DAYS, settings.EVIDENCE_DAYS),
            shortest=30,
        )
    )
    retention.register(
        retention.DataClass(
            WATCH_LIST,
            _("Watch-list: plates of ended entries"),
            _("from the end of the entry"),
            lambda: _WATCH_LIST_DAYS,
        )
    )
    retention.register(
        retention.DataClass(
            DUTY,
            _("Shifts, hand-overs, changes of the rota"),
            _("from their end"),
            lambda: _DUTY_DAYS,
            shortest=30,
        )
    )


def needed_occurrences() -> QuerySet[Occurrence]:
    """Return the occurrences of incidents that are active, or whose evidence is still kept."""
    over = retention.past_period(EVIDENCE, "incident__site", "incident__ended_at")
    return Occurrence.objects.exclude(over)
