"""Incidents and their occurrences."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.models import Site, User
from estate.models import Building, Lot
from incidents import kinds, severities
from incidents.models.alarms import AlarmRule
from incidents.models.watch_list import WatchEntry


class Incident(models.Model):
    """An event that a person must review; one is active at most for each kind and source."""

    Severity = severities.Severity

    class State(models.TextChoices):
        DETECTED = "detected", _("detected")
        TRIAGE = "triage", _("under review")
        CONFIRMED = "confirmed", _("confirmed")
        DISPATCHED = "dispatched", _("dispatched")
        ACKNOWLEDGED = "acknowledged", _("acknowledged by the liaison")
        CLOSED = "closed", _("closed")
        FALSE_ALARM = "false_alarm", _("false alarm")
        # It was dispatched, then found to be a false alarm.
        CANCELLED = "cancelled", pgettext_lazy("message", "cancelled")

    ENDED = (State.CLOSED, State.FALSE_ALARM, State.CANCELLED)
    # A person has found it real.
    CONFIRMED = (State.CONFIRMED, State.DISPATCHED, State.ACKNOWLEDGED)

    site = models.ForeignKey(Site, models.PROTECT, related_name="incidents")
    # The code of a registered kind (`incidents.kinds`).
    kind = models.CharField(_("kind"), max_length=kinds.MAX_CODE)
    # The subject, such as ``watch:7`` or ``device:12``.
    source = models.CharField(max_length=80)
    severity = models.CharField(_("severity"), max_length=10, choices=Severity)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.DETECTED)
    cleared = models.BooleanField(default=False)
    acked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    acked_at = models.DateTimeField(null=True)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    occurrences = models.PositiveIntegerField(default=1)
    watch_entry = models.ForeignKey(WatchEntry, models.PROTECT, null=True, related_name="incidents")
    reviewed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    review_reason = models.CharField(max_length=400, blank=True, default="")
    ended_at = models.DateTimeField(null=True)
    # The alarm rule that raised it, for incidents of that kind.
    rule = models.ForeignKey(AlarmRule, models.PROTECT, null=True, related_name="incidents")
    # It was raised afterwards, by data that arrived late.
    late = models.BooleanField(default=False)
    # CAP's certainty; its kind's at first, and "observed" once a person has confirmed it.
    certainty = models.CharField(
        _("certainty"), max_length=10, choices=severities.Certainty, default="possible"
    )
    # Where it was when it was raised, in words and as a position in WGS 84; devices may move later.
    place = models.CharField(_("place"), max_length=160, blank=True, default="")
    longitude = models.FloatField(null=True)
    latitude = models.FloatField(null=True)
    lot = models.ForeignKey(Lot, models.PROTECT, null=True, related_name="+")
    building = models.ForeignKey(Building, models.PROTECT, null=True, related_name="+")
    # The place as a code, such as ``gate:3``, and what it is about, such as
    # {"device": "device:7", "lot": "lot:2"}: what grouping, silences and inhibition compare.
    place_key = models.CharField(max_length=40, blank=True, default="")
    keys = models.JSONField(default=dict, blank=True)
    # Shared by the incidents of one place that began within the site's window.
    group_key = models.CharField(max_length=40, blank=True, default="")
    # When people were first notified; null while it is muted.
    announced_at = models.DateTimeField(null=True)
    # Why nobody was notified when it was raised (`incidents.muting.Reason`); empty: people were.
    mute = models.CharField(max_length=10, blank=True, default="")
    # The active incident that explains this one and hides it.
    inhibited_by = models.ForeignKey("self", models.SET_NULL, null=True, related_name="hidden")
    # Whether its own cause is gone; `cleared` waits for those merged into it, too.
    source_cleared = models.BooleanField(default=False)
    # It was raised while the site practises; everything about it says so.
    exercise = models.BooleanField(default=False)
    assigned_to = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="merged")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "kind", "source"],
                condition=~Q(state__in=["closed", "false_alarm", "cancelled"]),
                name="one_active_incident",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["detected", "triage"])
                | Q(reviewed_by__isnull=False)
                | Q(cleared=True)
                | Q(merged_into__isnull=False),
                name="incident_is_reviewed_or_cleared_before_it_moves_on",
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None) | Q(state="closed"), name="merged_incident_has_ended"
            ),
        ]
        indexes = [
            models.Index(fields=["site", "-last_at"], name="incident_of_site"),
            models.Index(
                fields=["site"],
                condition=~Q(state__in=["closed", "false_alarm", "cancelled"]),
                name="incident_is_open",
            ),
            models.Index(
                fields=["site", "kind", "source"],
                condition=Q(merged_into__isnull=False),
                name="incident_merged_source",
            ),
            models.Index(
                F("site"),
                F("keys__device"),
                condition=~Q(state__in=["closed", "false_alarm", "cancelled"]),
                name="incident_about_device",
            ),
            models.Index(
                fields=["site", "group_key"], condition=~Q(group_key=""), name="incident_group"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.source}"

    @property
    def title(self) -> str:
        """What it is called on pages: the name of its rule, else its kind."""
        return self.rule.name if self.rule else self.get_kind_display()

    def get_kind_display(self) -> str:
        """Return what its kind is called."""
        return str(kinds.get(self.kind).label)

    @property
    def is_active(self) -> bool:
        """Whether it has not ended."""
        return self.state not in self.ENDED

    @property
    def is_confirmed(self) -> bool:
        """Whether a person has found it real, and none has found otherwise since."""
        found = self.state in self.CONFIRMED or self.state == self.State.CLOSED
        return found and self.reviewed_by_id is not None

    @property
    def closes_itself(self) -> bool:
        """Whether it needs no review once its cause is gone."""
        if self.rule is not None:
            return self.rule.auto_clear
        return kinds.get(self.kind).closes_itself


class Occurrence(models.Model):
    """One occurrence of an incident's cause."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="log")
    at = models.DateTimeField()
    # References and values for the page, such as {"passage": 12, "lane": "North in", "plate": "…"}.
    detail = models.JSONField(default=dict)
    # When its evidence was collected first; null while it waits, or beyond the bound.
    collected_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at"]
        indexes = [models.Index(fields=["incident", "-at"], name="occurrence_latest")]

    def __str__(self) -> str:
        return f"{self.incident_id} at {self.at:%H:%M:%S}"


class TimelineEntry(models.Model):
    """What a person or the system did about an incident; rows are never changed."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="timeline")
    at = models.DateTimeField()
    # Declared with `incidents.timeline.declare`.
    code = models.CharField(max_length=40)
    # None: the system.
    actor = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    values = models.JSONField(default=dict)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.incident_id} {self.code}"
