"""Who may go where and when: time profiles, rights, and the state of groups of doors."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from access.models import VisitorPass
from core.models import Site
from estate.models import Building, Door, DoorGroup, Unit
from people.models import Company, Person, Role


class TimeProfile(models.Model):
    """Times of the week, by the clock of the site, with days on which others hold.

    Attributes:
        windows: lists of ``{"days": [0-6], "begins": "HH:MM", "ends": "HH:MM"}`` (Monday is 0).
        exceptions: ``{"first": day, "last": day, "windows": [...]}``; their windows have no days.
        holiday_windows: one window or none, without days, for the holidays of the site's calendar;
            null: the calendar does not matter.
        first_on, last_on: the first and last day on which it holds at all; null for no limit.
    """

    site = models.ForeignKey(Site, models.CASCADE, related_name="time_profiles")
    name = models.CharField(_("name"), max_length=80)
    windows = models.JSONField(default=list)
    exceptions = models.JSONField(default=list)
    holiday_windows = models.JSONField(null=True)
    first_on = models.DateField(_("first day"), null=True, blank=True)
    last_on = models.DateField(_("last day"), null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "name"], name="time_profile_name_once"),
            models.CheckConstraint(
                condition=Q(first_on=None) | Q(last_on=None) | Q(last_on__gte=F("first_on")),
                name="time_profile_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return self.name


# The column of each kind of holder; all residents have none.
_HOLDERS = {
    "person": "person",
    "household": "unit",
    "building": "building",
    "residents": "",
    "company": "company",
    "role": "role",
    "visit": "visit",
}


def _of_one_kind() -> Q:
    """Return the condition that only the column of the right's kind is set."""
    found = Q()
    columns = [column for column in _HOLDERS.values() if column]
    for who, own in _HOLDERS.items():
        empty = {f"{column}__isnull": column != own for column in columns}
        found |= Q(who=who, **empty)
    return found


class Right(models.Model):
    """That somebody may pass the doors of a group, in a time profile and for a period.

    Who it is stands in one of the columns; residents of a building or a household follow from
    occupancies at the moment of the decision, so no row changes when people move.
    """

    class Who(models.TextChoices):
        """Whom it is for."""

        PERSON = "person", _("one person")
        HOUSEHOLD = "household", _("those who live or work in a unit")
        BUILDING = "building", _("those who live or work in a building")
        RESIDENTS = "residents", _("all who live or work at the site")
        COMPANY = "company", _("staff of a company")
        ROLE = "role", _("staff with a role")
        VISIT = "visit", pgettext_lazy("holder of a right", "a visitor")

    class Origin(models.TextChoices):
        """Where it comes from."""

        OCCUPANCY = "occupancy", _("occupancy")
        COMPANY = "company", _("company")
        VISIT = "visit", _("visit")
        HAND = "hand", pgettext_lazy("origin of a right", "by hand")

    site = models.ForeignKey(Site, models.CASCADE, related_name="door_rights")
    group = models.ForeignKey(DoorGroup, models.PROTECT, related_name="rights")
    # Without one it holds at any time.
    profile = models.ForeignKey(TimeProfile, models.PROTECT, null=True, related_name="rights")
    who = models.CharField(_("who"), max_length=9, choices=Who)
    person = models.ForeignKey(Person, models.CASCADE, null=True, related_name="door_rights")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="door_rights")
    building = models.ForeignKey(Building, models.PROTECT, null=True, related_name="door_rights")
    company = models.ForeignKey(Company, models.CASCADE, null=True, related_name="door_rights")
    role = models.ForeignKey(Role, models.CASCADE, null=True, related_name="door_rights")
    visit = models.ForeignKey(VisitorPass, models.CASCADE, null=True, related_name="door_rights")
    begins_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    origin = models.CharField(_("origin"), max_length=9, choices=Origin)
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="")
    granted_by = models.CharField(max_length=160)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("begins_at")),
                name="right_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=_of_one_kind(),
                name="right_is_of_one_kind",
            ),
            models.CheckConstraint(
                condition=~Q(origin="hand") | ~Q(reason=""), name="right_by_hand_has_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["site", "who", "group"], name="right_of_kind"),
            models.Index(fields=["site", "begins_at", "id"], name="right_by_time"),
        ]

    def __str__(self) -> str:
        return f"right {self.pk} of {self.who} at group {self.group_id}"

    @property
    def holder(self) -> models.Model | None:
        """The row of whom it is for; None for all who live or work at the site."""
        column = _HOLDERS[self.who]
        found: models.Model | None = getattr(self, column) if column else None
        return found


class OpenHours(models.Model):
    """When a door is open to all."""

    door = models.OneToOneField(Door, models.CASCADE, related_name="open_hours")
    profile = models.ForeignKey(TimeProfile, models.PROTECT, related_name="open_doors")

    def __str__(self) -> str:
        return f"door {self.door_id} open in profile {self.profile_id}"


class GroupState(models.Model):
    """What holds for a group of doors until a person ends it: fire release, lock-down."""

    group = models.OneToOneField(DoorGroup, models.CASCADE, related_name="state")
    fire_since = models.DateTimeField(null=True)
    fire_by = models.CharField(max_length=160, blank=True, default="")
    locked_since = models.DateTimeField(null=True)
    locked_by = models.CharField(max_length=160, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(fire_since=None) | ~Q(fire_by=""), name="fire_release_has_cause"
            ),
            models.CheckConstraint(
                condition=Q(locked_since=None) | ~Q(locked_by=""), name="lock_down_has_cause"
            ),
        ]

    def __str__(self) -> str:
        return f"state of group {self.group_id}"
