"""The device registry, and the events, commands and dead letters of devices."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models import Run, Site
from devices.rejections import Texts, render


class Device(models.Model):
    """One device that communicates over MQTT."""

    class Kind(models.TextChoices):
        CAMERA = "camera", _("camera")
        BARRIER = "barrier", _("barrier")
        BAY_SENSOR = "bay_sensor", _("bay sensor")
        METER = "meter", _("meter")
        SENSOR = "sensor", _("sensor")
        DOOR = "door", _("door controller")
        FACE_TERMINAL = "face_terminal", _("face terminal")

    class State(models.TextChoices):
        UNKNOWN = "unknown", _("never seen")
        ONLINE = "online", _("online")
        OFFLINE = "offline", _("offline")

    site = models.ForeignKey(Site, models.PROTECT, related_name="devices")
    # Unique at its site: the devices of another site are none of its business.
    code = models.SlugField(_("code"), max_length=60)
    # The user name at the broker where that is neither the code nor the serial number
    # (devices.accounts).
    username = models.CharField(max_length=110, unique=True, null=True, blank=True)
    name = models.CharField(_("name"), max_length=120, blank=True, default="")
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    driver = models.CharField(_("driver"), max_length=40)
    serial = models.CharField(_("serial number"), max_length=60, unique=True, null=True, blank=True)
    # Where the device publishes, for drivers without topics defined by the manufacturer.
    topic = models.CharField(_("topic"), max_length=240, unique=True, null=True, blank=True)
    # The driver's settings for this device, as its ``check_options`` returned them.
    options = models.JSONField(_("options"), default=dict, blank=True)
    firmware = models.CharField(_("firmware"), max_length=60, blank=True, default="")
    model = models.CharField(_("model"), max_length=60, blank=True, default="")
    enabled = models.BooleanField(_("enabled"), default=True)
    # When it was disabled because it sent too many messages (devices.floods); null once enabled.
    flooded_at = models.DateTimeField(null=True, blank=True)
    # The password is derived from the master key and this number (devices.accounts); 0 stands for
    # one that was set before passwords were derived, and which only the broker has.
    password_version = models.PositiveSmallIntegerField(default=1)
    key_version = models.PositiveSmallIntegerField(default=1)
    last_seq = models.PositiveBigIntegerField(default=0)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.UNKNOWN)
    state_since = models.DateTimeField(null=True)
    interval_s = models.PositiveIntegerField(_("reports every (s)"), default=60)
    last_seen_at = models.DateTimeField(null=True)
    # When silence becomes an incident; indexed, because a job looks for the devices that are due.
    alert_after = models.DateTimeField(null=True, db_index=True)
    clock_offset_ms = models.IntegerField(_("clock offset (ms)"), null=True)
    # The offsets that the last prompt messages showed, the newest last.
    recent_offsets = ArrayField(models.IntegerField(), default=list)
    # The latest time without contact; what the device dates inside it was recorded offline.
    gap_from = models.DateTimeField(null=True)
    gap_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("device")
        verbose_name_plural = _("devices")
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["site", "code"], name="device_code_once")]

    def __str__(self) -> str:
        return self.code


class DeviceAlarm(models.Model):
    """The last reported state of one of a device's alarms."""

    device = models.ForeignKey(Device, models.CASCADE, related_name="alarms")
    what = models.CharField(max_length=20)
    active = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["device", "what"], name="device_alarm_once")]

    def __str__(self) -> str:
        return f"{self.what} {'on' if self.active else 'off'}"


class DeviceEvent(models.Model):
    """One accepted message of a device; its key makes duplicates harmless."""

    device = models.ForeignKey(Device, models.CASCADE, related_name="events")
    key = models.CharField(max_length=120)
    type = models.CharField(max_length=30)
    at = models.DateTimeField()
    received_at = models.DateTimeField(db_index=True)
    detail = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["device", "key"], name="device_event_once")]
        # A device's page shows its newest events out of hundreds of thousands.
        indexes = [models.Index(fields=["device", "-id"], name="device_event_newest")]

    def __str__(self) -> str:
        return f"{self.type} {self.key}"


class Command(models.Model):
    """A command to a device, and its outcome."""

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        SENT = "sent", _("sent")
        DONE = "done", _("done")
        REFUSED = "refused", _("rejected by the device")
        UNKNOWN = "unknown", _("no answer")
        EXPIRED = "expired", _("never sent")

    cmd_id = models.CharField(max_length=40, unique=True)
    device = models.ForeignKey(Device, models.PROTECT, related_name="commands")
    action = models.CharField(max_length=30)
    # Once the command is settled, arguments that the driver declares secret are reduced to a size.
    args = models.JSONField(default=dict)
    seq = models.PositiveBigIntegerField()
    issued_at = models.DateTimeField()
    not_after = models.DateTimeField()
    actor = models.CharField(max_length=160)
    reason = models.CharField(max_length=240)
    key_id = models.CharField(max_length=80)
    sig = models.CharField(max_length=128)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    sent_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    answer = models.JSONField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["device", "seq"], name="command_seq_once")]
        indexes = [
            models.Index(
                fields=["not_after"],
                condition=models.Q(state__in=["queued", "sent"]),
                name="command_unanswered",
            ),
            models.Index(
                fields=["issued_at"],
                condition=models.Q(state__in=["refused", "unknown", "expired"]),
                name="command_failed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.cmd_id}"


# The kind of core.Run that replays many dead letters.
REPLAY_KIND = "devices.replay"


class DeadLetter(models.Model):
    """A rejected message, stored with the reason until a user handles it."""

    # Null where the topic names no known site: then only the installation's staff may see it.
    site = models.ForeignKey(Site, models.PROTECT, null=True, related_name="dead_letters")
    topic = models.CharField(max_length=512)
    payload = models.BinaryField()
    size = models.PositiveIntegerField(default=0)
    field = models.CharField(max_length=120)
    # The reason (devices.rejections); "legacy" for letters of 0.1, which had texts and no codes.
    code = models.CharField(max_length=60)
    params = models.JSONField(default=dict)
    # The same in English: for searches, and for codes that no driver defines any more.
    message = models.CharField(max_length=400)
    hint = models.CharField(max_length=400)
    received_at = models.DateTimeField(db_index=True)
    # Who sent it, as its topic names the sender; "" for letters from before this was stored.
    sender = models.CharField(max_length=200, blank=True, default="")
    # How many equal messages it stands for; of them, only this one's payload is kept.
    occurrences = models.PositiveIntegerField(default=1)
    replayed_at = models.DateTimeField(null=True)
    replayed_by = models.CharField(max_length=160, blank=True, default="")
    discarded_at = models.DateTimeField(null=True)
    # The run that replays it, or replayed it last.
    replay = models.ForeignKey(
        Run, models.SET_NULL, null=True, db_index=False, related_name="replayed_letters"
    )

    class Meta:
        ordering = ["-received_at"]
        indexes = [
            models.Index(
                fields=["site", "-received_at"],
                condition=models.Q(replayed_at=None, discarded_at=None),
                name="dead_letter_open",
            ),
            models.Index(
                fields=["sender", "-id"],
                condition=models.Q(replayed_at=None, discarded_at=None),
                name="dead_letter_sender",
            ),
            # A device's letters are those whose topic begins as its topics do.
            models.Index(
                fields=["topic"], opclasses=["varchar_pattern_ops"], name="dead_letter_topic"
            ),
            models.Index(
                fields=["replay", "id"],
                condition=models.Q(replay__isnull=False),
                name="dead_letter_replay",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic}: {self.message}"

    @property
    def texts(self) -> Texts:
        """Return message and hint in the active language."""
        return render(self.code, self.params) or Texts(self.message, self.hint)
