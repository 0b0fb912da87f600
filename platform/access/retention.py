"""How long passages are kept, and what needs them longer; apps above access register theirs."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import BigIntegerField, Exists, OuterRef, Q, QuerySet
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from access.models import Passage, PassageFrame
from core import clock, photos, retention
from core.models import LegalHold
from incidents.models import Occurrence
from incidents.retention import needed_occurrences

PASSAGES, UNSETTLED = "passages", "unsettled_passages"
# Three years, in which a claim for the charge becomes time-barred (Civil Code, article 188).
_UNSETTLED_DAYS = 3 * 365
_SHORTEST = timedelta(days=1)

Condition = Callable[[], Q]
_conditions: list[Condition] = []


def retain(condition: Condition) -> None:
    """Keep the plate of passages that meet the condition, for as long as a site's limit allows."""
    if condition not in _conditions:
        _conditions.append(condition)


def is_needed() -> Q:
    """Return the condition on passages whose plate is still needed."""
    needed = Q(pk__in=[])
    for condition in _conditions:
        needed |= condition()
    return needed


def is_evidence() -> Q:
    """Return the condition on passages that an incident names whose evidence is still kept."""
    return Q(evidence=True, pk__in=_named_by(needed_occurrences()))


def photos_in_use(names: list[str]) -> set[str]:
    """Return which photos of one day's folder a passage or a further frame of one names."""
    day = photos.day_of(names[0])
    near = (day - _SHORTEST, day + 2 * _SHORTEST)
    own = Passage.objects.filter(received_at__range=near, image__in=names)
    frames = PassageFrame.objects.filter(passage__received_at__range=near, image__in=names)
    return {*own.values_list("image", flat=True), *frames.values_list("image", flat=True)}


def is_past(site_id: int, at: datetime) -> bool:
    """Return whether passages of that instant are past their period at a site."""
    # Decisions ask it of passages of this minute: no statement for those.
    if at > clock.now() - _SHORTEST:
        return False
    return at < retention.limit(site_id, PASSAGES)


def register_classes() -> None:
    """Declare the classes of data about passages, and what holds cover of them."""
    retention.register(
        retention.DataClass(
            PASSAGES,
            _("Passages: photo, reading, plate"),
            _("from the passage"),
            lambda: settings.PASSAGE_DAYS,
        )
    )
    retention.register(
        retention.DataClass(
            UNSETTLED,
            _("Plates of passages whose stay or charge is not settled"),
            _("from the passage"),
            lambda: max(_UNSETTLED_DAYS, settings.PASSAGE_DAYS),
            shortest=settings.PASSAGE_DAYS,
        )
    )
    retention.hold_also(passages_of_held_incidents)


def passages_of_held_incidents(scope: retention.Scope) -> Q:
    """Return the condition on passages that an incident under a legal hold names."""
    if not scope.passage:
        return Q(pk__in=[])
    holds = LegalHold.objects.filter(released_at=None, kind=LegalHold.Kind.INCIDENT)
    held = Occurrence.objects.filter(Exists(holds.filter(incident=OuterRef("incident"))))
    return Q(**{f"{scope.passage}__in": _named_by(held)})


def _named_by(occurrences: QuerySet[Occurrence]) -> QuerySet[Occurrence, int]:
    """Return the keys of the passages that occurrences name, as a subquery."""
    named = occurrences.filter(detail__has_key="passage").order_by()
    return named.annotate(named=Cast(KT("detail__passage"), BigIntegerField())).values_list(
        "named", flat=True
    )
