"""Escalation: whom an incident is notified to, step by step, until a person acknowledges it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.models import Site, User
from incidents.models.incident import Incident


class Target(models.TextChoices):
    """Who is notified in a step."""

    ON_DUTY = "on_duty", _("everyone on duty")
    ON_CALL = "on_call", _("the person on call")
    NEXT_ON_CALL = "next_on_call", _("the next person on call")
    ROLE = "role", _("a role")
    PEOPLE = "people", _("chosen people")


class EscalationPolicy(models.Model):
    """The steps for incidents of some kinds and severities; the first that fits applies."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="escalation_policies")
    name = models.CharField(_("name"), max_length=80)
    position = models.PositiveSmallIntegerField()
    # Codes; empty for all.
    kinds = ArrayField(models.CharField(max_length=40), default=list)
    severities = ArrayField(models.CharField(max_length=10), default=list)
    # How often the steps are done again after the first time.
    repeats = models.PositiveSmallIntegerField(_("repetitions"), default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(repeats__lte=20), name="policy_repeats_at_most_20")
        ]

    def __str__(self) -> str:
        return self.name


class EscalationStep(models.Model):
    """One step of a policy: wait, then notify."""

    policy = models.ForeignKey(EscalationPolicy, models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    # Since the step before; 0 for at the same time.
    wait_s = models.PositiveIntegerField(_("wait"), default=0)
    target = models.CharField(_("notify"), max_length=12, choices=Target)
    # The code of a role of the site.
    role = models.CharField(_("role"), max_length=40, blank=True, default="")
    users = models.ManyToManyField(User, related_name="+")

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "position"], name="step_position_once"),
            models.CheckConstraint(
                condition=Q(wait_s__lte=86_400), name="step_waits_a_day_at_most"
            ),
            models.CheckConstraint(
                condition=Q(target="role") ^ Q(role=""), name="step_of_a_role_names_it"
            ),
        ]

    def __str__(self) -> str:
        return f"step {self.position} of policy {self.policy_id}"


class EscalationRun(models.Model):
    """An incident's way through the steps of its policy, as they were when it began."""

    class End(models.TextChoices):
        ACKNOWLEDGED = "acknowledged", _("acknowledged")
        REVIEWED = "reviewed", _("reviewed")
        CLOSED = "closed", _("closed")
        MERGED = "merged", _("merged")
        ROSE = "severity_rose", _("continued with a higher severity")
        DONE = "steps_done", _("all steps done")

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="escalations")
    policy_name = models.CharField(max_length=80, blank=True, default="")
    # As `incidents.escalation.plans.Plan` writes itself.
    plan = models.JSONField()
    began_at = models.DateTimeField()
    # The next step and repetition, both from 0, and when it is due; None once it has ended.
    position = models.PositiveSmallIntegerField(default=0)
    repetition = models.PositiveSmallIntegerField(default=0)
    next_step_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    end = models.CharField(max_length=16, choices=End, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["incident"], condition=Q(ended_at=None), name="one_running_escalation"
            ),
            models.CheckConstraint(
                condition=Q(next_step_at=None, ended_at__isnull=False)
                | Q(next_step_at__isnull=False, ended_at=None),
                name="running_escalation_has_a_next_step",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_step_at"],
                condition=Q(next_step_at__isnull=False),
                name="escalation_due",
            )
        ]

    def __str__(self) -> str:
        return f"escalation of incident {self.incident_id}"


class EscalationNotice(models.Model):
    """A person who was notified of an incident in a step."""

    run = models.ForeignKey(EscalationRun, models.CASCADE, related_name="notices")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    target = models.CharField(max_length=12, choices=Target)
    repetition = models.PositiveSmallIntegerField(default=0)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["user", "-at"], name="escalation_notice_of_user")]

    def __str__(self) -> str:
        return f"user {self.user_id} notified of run {self.run_id}"


class TestAlarm(models.Model):
    """A rehearsal of the way of an alarm to chosen people; it is no incident."""

    __test__ = False  # pytest collects classes of this name

    site = models.ForeignKey(Site, models.PROTECT, related_name="test_alarms")
    started_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    began_at = models.DateTimeField()
    # Codes of the channels that it was limited to; empty for each person's own choice.
    channels = ArrayField(models.CharField(max_length=20), default=list)
    note = models.CharField(_("note"), max_length=200, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["site", "-began_at"], name="test_alarm_of_site")]

    def __str__(self) -> str:
        return f"test alarm {self.pk}"


class TestAlarmRecipient(models.Model):
    """A person to whom a test alarm was sent, and when it sounded and was acknowledged."""

    __test__ = False

    alarm = models.ForeignKey(TestAlarm, models.CASCADE, related_name="recipients")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    sounded_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["alarm", "user"], name="test_alarm_recipient_once"),
            models.CheckConstraint(
                condition=Q(sounded_at=None)
                | Q(acknowledged_at=None)
                | Q(sounded_at__lte=F("acknowledged_at")),
                name="test_alarm_sounds_before_its_acknowledgement",
            ),
        ]

    def __str__(self) -> str:
        return f"test alarm {self.alarm_id} to user {self.user_id}"
