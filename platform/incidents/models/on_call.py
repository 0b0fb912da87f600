"""Who is on call, who is on duty, and what one shift hands over to the next."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.models import Site, User


class RotaLayer(models.Model):
    """A rotation of people who are on call in turns; the layers of a site are ordered."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="rota_layers")
    name = models.CharField(_("name"), max_length=80)
    position = models.PositiveSmallIntegerField()
    # The day on which the first person's first turn begins, and when turns begin, by local time.
    first_day = models.DateField(_("first day"))
    hand_over = models.TimeField(_("hand-over"))
    turn_days = models.PositiveSmallIntegerField(_("days of a turn"), default=7)
    # Limits the layer to these days of the week and this time of day; empty for always.
    days = ArrayField(models.PositiveSmallIntegerField(), default=list)
    begins = models.TimeField(null=True)
    ends = models.TimeField(null=True)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(turn_days__gte=1, turn_days__lte=28), name="rota_turn_of_1_to_28_days"
            ),
            models.CheckConstraint(
                condition=Q(begins=None, ends=None) | Q(begins__isnull=False, ends__isnull=False),
                name="rota_time_of_day_has_both_ends",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RotaMember(models.Model):
    """A person in a rotation; the turns go from one position to the next."""

    layer = models.ForeignKey(RotaLayer, models.CASCADE, related_name="members")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["layer", "user"], name="rota_member_once"),
            models.UniqueConstraint(fields=["layer", "position"], name="rota_position_once"),
        ]

    def __str__(self) -> str:
        return f"user {self.user_id} in layer {self.layer_id}"


class RotaOverride(models.Model):
    """A change of the rota for a time: a person takes over a layer, or is absent from all."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="rota_overrides")
    # Of a person who takes over; None for an absence, which concerns all layers.
    layer = models.ForeignKey(RotaLayer, models.CASCADE, null=True, related_name="overrides")
    absent = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")
    # Who takes over; None in an absence: the next of the rotation.
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField(db_index=True)
    note = models.CharField(_("note"), max_length=200, blank=True, default="")
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(begins_at__lt=F("ends_at")), name="rota_override_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(layer__isnull=False, absent=None, user__isnull=False)
                | Q(layer=None, absent__isnull=False),
                name="rota_override_is_cover_or_absence",
            ),
        ]

    def __str__(self) -> str:
        return f"override {self.pk} of site {self.site_id}"


class Shift(models.Model):
    """The time that a person is on duty at a site; one is open at most for each person."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="shifts")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "user"], condition=Q(ended_at=None), name="one_open_shift"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("began_at")),
                name="shift_ends_after_it_begins",
            ),
        ]
        indexes = [models.Index(fields=["site", "-began_at"], name="shift_of_site")]

    def __str__(self) -> str:
        return f"shift of user {self.user_id} at site {self.site_id}"


class HandOver(models.Model):
    """What a person hands over at the end of a shift, and who has taken it over."""

    shift = models.OneToOneField(Shift, models.CASCADE, related_name="hand_over")
    at = models.DateTimeField()
    note = models.CharField(_("note"), max_length=1000, blank=True, default="")
    # Primary keys of the incidents that were open.
    incidents = ArrayField(models.BigIntegerField(), default=list)
    taken_over_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    taken_over_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(taken_over_by=None, taken_over_at=None)
                | Q(taken_over_by__isnull=False, taken_over_at__isnull=False),
                name="hand_over_is_taken_over_by_a_person",
            )
        ]

    def __str__(self) -> str:
        return f"hand-over of shift {self.shift_id}"
