"""The watch-list, incidents and their occurrences."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.models import Site, User
from incidents import severities
from incidents.alarm_models import AlarmPeriod as AlarmPeriod
from incidents.alarm_models import AlarmRule as AlarmRule
from incidents.alarm_models import AlarmRuleVersion as AlarmRuleVersion
from incidents.alarm_models import AlarmState as AlarmState


class WatchEntry(models.Model):
    """A plate to watch for, with a legal basis, an end, and the approval of a second person."""

    class Basis(models.TextChoices):
        COURT_ORDER = "court_order", _("court order")
        POLICE_REQUEST = "police_request", _("police request")
        STOLEN_VEHICLE = "stolen_vehicle", _("stolen vehicle report")
        SITE_BAN = "site_ban", _("ban from the site")

    site = models.ForeignKey(Site, models.CASCADE, related_name="watch_list")
    plate = models.CharField(_("plate"), max_length=16)
    folded = models.CharField(max_length=16)
    legal_basis = models.CharField(_("legal basis"), max_length=20, choices=Basis)
    document_no = models.CharField(_("document no."), max_length=80)
    requesting_org = models.CharField(_("requesting organisation"), max_length=120)
    requesting_officer = models.CharField(_("requesting officer"), max_length=120)
    reason = models.CharField(_("reason"), max_length=400)
    begins_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["site", "folded"], name="watch_folded"),
            models.Index(fields=["site", "begins_at", "id"], name="watch_by_beginning"),
            models.Index(fields=["site", "ends_at", "id"], name="watch_by_end"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("begins_at")), name="watch_entry_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("created_by")),
                name="watch_entry_approved_by_another",
            ),
            *(
                models.CheckConstraint(condition=~Q(**{name: ""}), name=f"watch_entry_has_{name}")
                for name in ("document_no", "requesting_org", "requesting_officer", "reason")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plate} {self.legal_basis}"


class Incident(models.Model):
    """An event that a person must review; one is active at most for each kind and source."""

    class Kind(models.TextChoices):
        PLATE_WATCHLIST = "plate_watchlist", _("watch-listed plate")
        TAILGATING = "tailgating", _("tailgating")
        BARRIER_FORCED = "barrier_forced", _("barrier forced open")
        BARRIER_HIT = "barrier_hit", _("barrier hit")
        DOOR_FORCED = "door_forced", _("door forced open")
        DEVICE_ALARM = "device_alarm", _("device alarm")
        DEVICE_OFFLINE = "device_offline", _("device offline")
        ALARM_RULE = "alarm_rule", _("alarm rule")

    Severity = severities.Severity

    class State(models.TextChoices):
        DETECTED = "detected", _("detected")
        TRIAGE = "triage", _("under review")
        CONFIRMED = "confirmed", _("confirmed")
        CLOSED = "closed", _("closed")
        FALSE_ALARM = "false_alarm", _("false alarm")

    ENDED = (State.CLOSED, State.FALSE_ALARM)
    # Kinds that mean work on a device; their source is ``device:`` and its primary key.
    OF_DEVICES = (Kind.DEVICE_ALARM, Kind.DEVICE_OFFLINE, Kind.BARRIER_HIT, Kind.BARRIER_FORCED)

    site = models.ForeignKey(Site, models.PROTECT, related_name="incidents")
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
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

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "kind", "source"],
                condition=~Q(state__in=["closed", "false_alarm"]),
                name="one_active_incident",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["detected", "triage"])
                | Q(reviewed_by__isnull=False)
                | Q(cleared=True),
                name="incident_is_reviewed_or_cleared_before_it_moves_on",
            ),
        ]
        indexes = [models.Index(fields=["site", "-last_at"], name="incident_of_site")]

    def __str__(self) -> str:
        return f"{self.kind} {self.source}"

    @property
    def title(self) -> str:
        """What it is called on pages: the name of its rule, else its kind."""
        return self.rule.name if self.rule else str(self.get_kind_display())

    @property
    def closes_itself(self) -> bool:
        """Whether it needs no review once its cause is gone."""
        if self.rule is not None:
            return self.rule.auto_clear
        return self.kind == self.Kind.DEVICE_OFFLINE


class Occurrence(models.Model):
    """One occurrence of an incident's cause."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="log")
    at = models.DateTimeField()
    # References and values for the page, such as {"passage": 12, "lane": "North in", "plate": "…"}.
    detail = models.JSONField(default=dict)

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.incident_id} at {self.at:%H:%M:%S}"
