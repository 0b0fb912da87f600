"""Feeds to authorities: endpoints, what was dispatched, its deliveries and their attempts."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.ids import public_id
from core.models import Site, User
from incidents.models.incident import Incident
from incidents.severities import Severity


def _message_id() -> str:
    return f"msg_{public_id()}"


class FeedEndpoint(models.Model):
    """One way to one authority: where a site's reviewed incidents are sent, and on what basis."""

    class Kind(models.TextChoices):
        WEBHOOK = "webhook", _("signed webhook")
        CAP = "cap_atom", _("CAP messages and Atom index")
        VIID = "viid", _("GA/T 1400")
        EMAIL = "email", _("e-mail")
        # The liaison's own pages: nothing is sent, the liaison signs in.
        LIAISON = "liaison", _("liaison's pages")

    class State(models.TextChoices):
        ACTIVE = "active", _("active")
        # The queue is kept; nothing is sent.
        PAUSED = "paused", _("paused")
        # After an outage: one message tries first, the others follow once it was accepted.
        PROBING = "probing", pgettext_lazy("feed", "trying again")

    site = models.ForeignKey(Site, models.PROTECT, related_name="feed_endpoints")
    public_id = models.CharField(max_length=32, unique=True, default=public_id)
    name = models.CharField(_("name"), max_length=80)
    # Its index is named after it, so receivers fetch it again.
    renamed_at = models.DateTimeField(null=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    # An https address, or an e-mail address; empty for the liaison's pages.
    url = models.CharField(_("address"), max_length=400, blank=True, default="")
    # Kinds of incidents that it receives; empty: all that may be dispatched.
    event_types = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    min_severity = models.CharField(
        _("from severity"), max_length=10, choices=Severity, default=Severity.MINOR
    )
    # Whether it receives exercises only, or real incidents only.
    exercise = models.BooleanField(_("for exercises"), default=False)
    # Secrets are encrypted; the previous one is valid until its instant.
    secret = models.TextField(blank=True, default="")
    previous_secret = models.TextField(blank=True, default="")
    previous_secret_until = models.DateTimeField(null=True)
    # Private keys of signatures that a receiver verifies with the public one; encrypted as secrets.
    signing_key = models.TextField(blank=True, default="")
    previous_signing_key = models.TextField(blank=True, default="")
    # SHA-256 of the token with which the receiver acknowledges and fetches messages.
    token_digest = models.CharField(max_length=64, blank=True, default="", db_index=True)
    previous_token_digest = models.CharField(max_length=64, blank=True, default="", db_index=True)
    # Networks in private ranges that it may be in, as CIDR.
    allowed_networks = ArrayField(models.CharField(max_length=43), default=list, blank=True)
    ca_pem = models.TextField(_("certificate authority (PEM)"), blank=True, default="")
    client_certificate = models.TextField(blank=True, default="")
    # What its kind needs besides, such as the device ids of GA/T 1400.
    options = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.ACTIVE)
    # A person's reason, or what paused it by itself: "gone", "no_answer", "expired".
    paused_reason = models.CharField(max_length=200, blank=True, default="")
    paused_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    # GA/T 1400: how long the peer knows us unless we keep alive, and why it does not.
    registered_until = models.DateTimeField(null=True)
    registration_error = models.CharField(max_length=400, blank=True, default="")
    # How many seconds the peer's clock is ahead of ours, and when that was read.
    clock_ahead_s = models.BigIntegerField(null=True)
    clock_read_at = models.DateTimeField(null=True)
    # When deliveries began to fail without one success since.
    first_failure_at = models.DateTimeField(null=True)
    legal_basis = models.CharField(_("legal basis and document no."), max_length=200)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    valid_until = models.DateTimeField(_("valid until"))
    # The number of the last delivery; deliveries of one endpoint have no gaps.
    last_seq = models.PositiveIntegerField(default=0)
    # Who may see what was dispatched here, on the liaison's pages.
    liaisons = models.ManyToManyField(User, blank=True, related_name="liaison_endpoints")

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["site", "name"], name="feed_endpoint_name_once"),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("created_by")),
                name="feed_endpoint_approved_by_another",
            ),
            models.CheckConstraint(
                condition=~Q(legal_basis=""), name="feed_endpoint_has_legal_basis"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class FeedMessage(models.Model):
    """What a person decided to tell authorities about an incident; rows are never changed."""

    class Type(models.TextChoices):
        ALERT = "alert", _("alert")
        UPDATE = "update", _("update")
        CANCEL = "cancel", _("cancellation")
        # About no incident: it tries the way to an endpoint.
        TEST = "test", _("test")

    public_id = models.CharField(max_length=40, unique=True, default=_message_id)
    incident = models.ForeignKey(Incident, models.PROTECT, null=True, related_name="messages")
    # Of the incident, from 1; 0 for a test.
    number = models.PositiveIntegerField()
    type = models.CharField(max_length=8, choices=Type)
    # The incident as it was told: kind, severity, urgency, certainty, place, times, plate.
    content = models.JSONField()
    exercise = models.BooleanField(default=False)
    decided_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=400)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["incident", "number"]
        constraints = [
            models.UniqueConstraint(fields=["incident", "number"], name="feed_message_number_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="feed_message_has_reason"),
            models.CheckConstraint(
                condition=Q(incident__isnull=True, type="test")
                | (Q(incident__isnull=False) & ~Q(type="test")),
                name="feed_message_is_about_an_incident_or_a_test",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id


class Delivery(models.Model):
    """A message on its way to one endpoint, in that endpoint's format."""

    class State(models.TextChoices):
        PENDING = "pending", _("pending")
        DELIVERED = "delivered", _("delivered")
        # The receiver refused this message; the endpoint's others go on.
        REJECTED = "rejected", pgettext_lazy("message", "rejected")
        # It was tried for as long as the schedule lasts.
        DEAD = "dead", _("given up")
        CANCELLED = "cancelled", pgettext_lazy("message", "cancelled")

    endpoint = models.ForeignKey(FeedEndpoint, models.PROTECT, related_name="deliveries")
    message = models.ForeignKey(FeedMessage, models.PROTECT, related_name="deliveries")
    # Of the endpoint, from 1, without gaps.
    seq = models.PositiveIntegerField()
    media_type = models.CharField(max_length=80)
    # The bytes that are sent, the same at each attempt, and their sum.
    body = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    created_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    # When the person on call was notified that it is late.
    warned_at = models.DateTimeField(null=True)
    # The liaison's acknowledgement: who, when by our clock, and what was said.
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.CharField(max_length=120, blank=True, default="")
    acknowledgement = models.CharField(max_length=400, blank=True, default="")

    class Meta:
        ordering = ["endpoint", "seq"]
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "message"], name="delivery_once"),
            models.UniqueConstraint(fields=["endpoint", "seq"], name="delivery_seq_once"),
        ]
        indexes = [
            models.Index(
                fields=["endpoint", "seq"], condition=Q(state="pending"), name="delivery_pending"
            )
        ]

    def __str__(self) -> str:
        return f"{self.message_id} to {self.endpoint_id}"


class DeliveryAttempt(models.Model):
    """One attempt to deliver; rows are never changed."""

    class Trigger(models.TextChoices):
        AUTO = "auto", _("by schedule")
        MANUAL = "manual", _("by a person")

    delivery = models.ForeignKey(Delivery, models.PROTECT, related_name="attempts")
    number = models.PositiveIntegerField()
    trigger = models.CharField(max_length=6, choices=Trigger, default=Trigger.AUTO)
    at = models.DateTimeField()
    duration_ms = models.PositiveIntegerField()
    # Null where no answer came.
    http_status = models.PositiveSmallIntegerField(null=True)
    error = models.CharField(max_length=400, blank=True, default="")
    # The beginning of the answer, up to 1 kB.
    answer = models.CharField(max_length=1000, blank=True, default="")

    class Meta:
        ordering = ["delivery", "number"]
        constraints = [
            models.UniqueConstraint(fields=["delivery", "number"], name="delivery_attempt_once")
        ]

    def __str__(self) -> str:
        return f"{self.delivery_id} attempt {self.number}"
