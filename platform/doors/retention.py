"""How long passages at doors and names of visitors are kept, and what needs them longer."""

from django.db.models import BigIntegerField, Q
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from core import retention
from incidents.retention import needed_occurrences

PASSAGES = "door_passages"
VISITORS = "visitors"
MUSTERS = "musters"
_DAYS = 30
_MUSTERS_DAYS = 90
_VISITORS_DAYS = 180


def register_classes() -> None:
    """Declare the class of data about passages at doors."""
    retention.register(
        retention.DataClass(
            PASSAGES,
            _("Passages at doors: who, when, by which means"),
            _("from the passage"),
            lambda: _DAYS,
            longest=365,
        )
    )
    retention.register(
        retention.DataClass(
            VISITORS,
            _("Visitors: name and phone number, and when they came and left"),
            _("from the end of the visit"),
            lambda: _VISITORS_DAYS,
            longest=365,
        )
    )
    retention.register(
        retention.DataClass(
            MUSTERS,
            _("Musters: who was marked as safe, when and by whom"),
            _("from the end of the muster"),
            lambda: _MUSTERS_DAYS,
            longest=365,
        )
    )


def is_evidence() -> Q:
    """Return the condition on passages that an incident names whose evidence is still kept."""
    named = needed_occurrences().filter(detail__has_key="door_passage").order_by()
    keys = named.annotate(named=Cast(KT("detail__door_passage"), BigIntegerField()))
    return Q(evidence=True, pk__in=keys.values("named"))
