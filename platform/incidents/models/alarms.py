"""Alarm rules, their versions, what they remember of each source, and when they held."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.models import Site, User
from devices.models import Device
from estate.models import Building, Lot, Unit
from incidents import kinds, own_kinds
from incidents.severities import Severity


class AlarmRule(models.Model):
    """What raises an incident, and of which devices or lanes."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="alarm_rules")
    name = models.CharField(_("name"), max_length=80)
    # Of the incidents that it raises (`incidents.kinds`).
    kind = models.CharField(
        _("kind of incident"), max_length=kinds.MAX_CODE, default=own_kinds.ALARM_RULE
    )
    severity = models.CharField(_("severity"), max_length=10, choices=Severity)
    # Condition and times, as `incidents.rules.parsing` reads them.
    definition = models.JSONField()
    # Which devices and lanes it watches; empty fields do not narrow them.
    device_kind = models.CharField(
        _("kind of device"), max_length=20, choices=Device.Kind, blank=True, default=""
    )
    lot = models.ForeignKey(Lot, models.PROTECT, null=True, blank=True, related_name="+")
    building = models.ForeignKey(Building, models.PROTECT, null=True, blank=True, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    devices = models.ManyToManyField(Device, blank=True, related_name="+")
    # The incident is closed without a review when the condition has ended.
    auto_clear = models.BooleanField(_("closes by itself"), default=False)
    enabled = models.BooleanField(_("enabled"), default=False)
    # Since when it watches: what happened before raises no alarm. Null while it is disabled.
    watch_from = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["site", "name"], name="alarm_rule_name_once"),
            models.CheckConstraint(
                condition=Q(enabled=False, watch_from=None)
                | Q(enabled=True, watch_from__isnull=False),
                name="alarm_rule_watches_while_enabled",
            ),
            models.CheckConstraint(
                condition=Q(unit=None, building=None)
                | Q(unit=None, lot=None)
                | Q(building=None, lot=None),
                name="alarm_rule_has_one_place",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_limited(self) -> bool:
        """Whether it watches one kind of device or one place only."""
        return bool(self.device_kind or self.lot_id or self.building_id or self.unit_id)


class AlarmRuleVersion(models.Model):
    """What a rule was from a change on; rows are never changed."""

    rule = models.ForeignKey(AlarmRule, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    values = models.JSONField()
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["rule", "number"], name="alarm_rule_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} version {self.number}"


class AlarmState(models.Model):
    """What an enabled rule remembers of one source (`incidents.rules.state`)."""

    rule = models.ForeignKey(AlarmRule, models.CASCADE, related_name="states", db_index=False)
    source = models.CharField(max_length=40)
    state = models.JSONField()
    # Only signals that wake the rule matter (`incidents.rules.engine.is_at_rest`).
    at_rest = models.BooleanField(default=True)
    # When the state changes without a signal.
    alert_after = models.DateTimeField(null=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rule", "source"], name="alarm_state_once")]
        indexes = [
            models.Index(fields=["source"], condition=Q(at_rest=False), name="alarm_state_awake")
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.source}"


class AlarmPeriod(models.Model):
    """A time in which a rule's condition held for a source; one is open at most."""

    rule = models.ForeignKey(AlarmRule, models.PROTECT, related_name="periods", db_index=False)
    source = models.CharField(max_length=40)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    # Found afterwards, in data that arrived late.
    late = models.BooleanField(default=False)
    incident = models.ForeignKey(
        "incidents.Incident", models.CASCADE, null=True, related_name="periods"
    )

    class Meta:
        ordering = ["-began_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "source", "began_at"], name="alarm_period_once"
            ),
            models.UniqueConstraint(
                fields=["rule", "source"],
                condition=Q(ended_at=None),
                name="alarm_period_one_open",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("began_at")),
                name="alarm_period_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.source} from {self.began_at:%Y-%m-%dT%H:%M:%S}"
