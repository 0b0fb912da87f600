"""Lists on devices that decide by themselves: what is wanted on them, and what they have."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.models import Site
from devices.models import Command, Device
from doors.models.rights import Right
from people.models import Person


class DeviceEntry(models.Model):
    """A person on the list of a device, or one of the person's cards: wanted there, or to be gone.

    Attributes:
        person: null once the person is deleted: what a device still has is deleted there.
        key: under which the device knows it: the card's number, or the person's key.
        content: what is wanted there; empty where nothing is.
        digest: of the content, with the person's name.
        face: the number of the enrolment that is wanted there (`photos.FaceSource`); 0 for none.
        sent: what the order in flight would load: ``{"digest", "face", "card"}``.
        loaded: the same of what the device has confirmed; empty for nothing.
        reason: why it failed or is not possible (`labels.REASONS`).
        answer, answered_at: the device's own words, and when.
        command: the order that is not settled yet.
        is_uncertain: the last order was not answered; the device is asked before another is sent.
        attempts: orders since the last success.
        retry_at: not before this is the next one sent.
        used_at: when the person last used the device, as far as it is known.
    """

    class State(models.TextChoices):
        """Where it stands."""

        WANTED = "wanted", pgettext_lazy("on a device's list", "to be loaded")
        ON_DEVICE = "on_device", pgettext_lazy("on a device's list", "on the device")
        REMOVING = "removing", pgettext_lazy("on a device's list", "to be deleted")
        GONE = "gone", pgettext_lazy("on a device's list", "deleted")
        FAILED = "failed", pgettext_lazy("on a device's list", "failed")
        IMPOSSIBLE = "impossible", _("not possible here")
        NEEDS_PHOTO = "needs_photo", _("needs photo")

    #: In these, the device has it, or may have it.
    MAYBE_THERE = (State.ON_DEVICE, State.REMOVING)

    site = models.ForeignKey(Site, models.CASCADE, related_name="device_entries")
    device = models.ForeignKey(Device, models.CASCADE, related_name="list_entries")
    person = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="device_entries")
    key = models.CharField(max_length=48)
    state = models.CharField(max_length=11, choices=State, default=State.WANTED)
    content = models.JSONField(default=dict)
    digest = models.CharField(max_length=32, blank=True, default="")
    face = models.PositiveBigIntegerField(default=0)
    sent = models.JSONField(default=dict)
    loaded = models.JSONField(default=dict)
    reason = models.CharField(max_length=20, blank=True, default="")
    answer = models.CharField(max_length=200, blank=True, default="")
    answered_at = models.DateTimeField(null=True)
    command = models.OneToOneField(Command, models.SET_NULL, null=True, related_name="list_entry")
    is_uncertain = models.BooleanField(default=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["device", "key"], name="list_entry_once"),
            models.CheckConstraint(
                condition=models.Q(
                    state__in=[
                        *("wanted", "on_device", "removing", "gone", "failed"),
                        *("impossible", "needs_photo"),
                    ]
                ),
                name="list_entry_state_valid",
            ),
        ]
        indexes = [
            models.Index(fields=["device", "state"], name="list_entry_by_state"),
            models.Index(
                fields=["device", "retry_at"],
                condition=models.Q(state__in=["wanted", "removing"], command=None),
                name="list_entry_to_send",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} on device {self.device_id}, {self.state}"


class DeviceList(models.Model):
    """What is known of a device's list as a whole.

    Attributes:
        refreshed_at: when the wanted entries were last computed.
        full_since: since when it has refused another entry because it is full; null if it has room.
        compared_at: when the whole list was last read and compared, or sent anew.
        differences: what was found: lists of ``{"kind", "key", "person"}``.
        comparing: the keys read so far, while a comparison runs.
        command: the order of the comparison that is not settled yet.
    """

    device = models.OneToOneField(
        Device, models.CASCADE, primary_key=True, related_name="door_list"
    )
    refreshed_at = models.DateTimeField(null=True)
    full_since = models.DateTimeField(null=True)
    compared_at = models.DateTimeField(null=True)
    differences = models.JSONField(default=list)
    comparing = models.JSONField(null=True)
    command = models.OneToOneField(Command, models.SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        return f"list of device {self.device_id}"


class DeviceProfile(models.Model):
    """A time profile that a device's list refers to by number, or a part of one.

    Attributes:
        combination: the keys of the time profiles whose times it holds, such as ``3+7``; empty for
            a number that is free.
        part: one that has more windows than a device's profile is linked to the next part.
        wanted: the arguments of the command that stores it.
        loaded: whether the device has confirmed them.
    """

    device = models.ForeignKey(Device, models.CASCADE, related_name="time_profiles")
    number = models.PositiveSmallIntegerField()
    combination = models.CharField(max_length=200)
    part = models.PositiveSmallIntegerField(default=0)
    wanted = models.JSONField(default=dict)
    loaded = models.BooleanField(default=False)
    answer = models.CharField(max_length=200, blank=True, default="")
    retry_at = models.DateTimeField(null=True)
    command = models.OneToOneField(Command, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["device", "number"], name="device_profile_number_once"),
            models.UniqueConstraint(
                fields=["device", "combination", "part"], name="device_profile_part_once"
            ),
        ]

    def __str__(self) -> str:
        return f"time profile {self.number} of device {self.device_id}"


class WidenedRight(models.Model):
    """That a right is loaded into a device for all times, as that can't hold its time profile."""

    right = models.ForeignKey(Right, models.CASCADE, related_name="widened")
    device = models.ForeignKey(Device, models.CASCADE, related_name="+")
    reason = models.CharField(max_length=200)
    widened_by = models.CharField(max_length=160)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["right", "device"], name="right_widened_once")
        ]

    def __str__(self) -> str:
        return f"right {self.right_id} on device {self.device_id}"
