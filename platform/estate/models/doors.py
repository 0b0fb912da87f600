"""Doors for people: where they are, which belong together, and the devices that serve them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.models import Site
from devices.models import Device
from estate.models.places import Building, Place


class Zone(Place):
    """An area that people enter and leave by doors, such as a courtyard or an office floor."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="zones")
    code = models.SlugField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=80)
    # How many people may be inside at once; without a limit if null.
    people_limit = models.PositiveIntegerField(_("people at most"), null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "code"], name="zone_code_once"),
            models.CheckConstraint(
                condition=Q(people_limit=None) | Q(people_limit__gt=0),
                name="zone_limit_is_positive",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Door(Place):
    """A door, turnstile, lift or gate through which people come in."""

    class Type(models.TextChoices):
        """What it is."""

        ENTRANCE = "entrance", pgettext_lazy("door", "entrance")
        LIFT = "lift", _("lift")
        TURNSTILE = "turnstile", _("turnstile")
        PEOPLE_GATE = "people_gate", _("gate for people")

    class Directions(models.TextChoices):
        """In which directions people pass it with a credential."""

        BOTH = "both", _("in and out")
        IN = "in", pgettext_lazy("door", "in")
        OUT = "out", pgettext_lazy("door", "out")

    class Decides(models.TextChoices):
        """Who decides whether it opens."""

        SERVER = "server", _("the server, for each person who asks")
        DEVICE = "device", _("the device, by its own list")

    site = models.ForeignKey(Site, models.CASCADE, related_name="doors")
    building = models.ForeignKey(Building, models.PROTECT, null=True, related_name="doors")
    # The zone that `in` leads into and `out` leads out of.
    zone = models.ForeignKey(Zone, models.PROTECT, null=True, related_name="doors")
    code = models.SlugField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=80)
    type = models.CharField(_("type"), max_length=12, choices=Type, default=Type.ENTRANCE)
    directions = models.CharField(
        _("directions"), max_length=4, choices=Directions, default=Directions.BOTH
    )
    decides = models.CharField(_("decides"), max_length=6, choices=Decides, default=Decides.SERVER)
    # As the device itself is set up where null.
    unlock_seconds = models.PositiveSmallIntegerField(_("unlocked for (s)"), null=True, blank=True)
    held_open_seconds = models.PositiveSmallIntegerField(
        _("held open after (s)"), null=True, blank=True
    )
    second_factor = models.BooleanField(_("asks for a second factor"), default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "code"], name="door_code_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def decides_itself(self) -> bool:
        """Whether its device decides by a list of its own."""
        return self.decides == self.Decides.DEVICE


class DoorGroup(Place):
    """Doors to which people get rights together, with the rules that hold for all of them."""

    class Passback(models.TextChoices):
        """What becomes of a person who enters twice without having left."""

        OFF = "off", _("not watched")
        SOFT = "soft", _("noted")
        HARD = "hard", pgettext_lazy("of a person at a door", "refused")

    site = models.ForeignKey(Site, models.CASCADE, related_name="door_groups")
    code = models.SlugField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=80)
    doors = models.ManyToManyField(Door, related_name="groups")
    passback = models.CharField(
        _("entering twice"), max_length=4, choices=Passback, default=Passback.OFF
    )
    # After so many hours an entry is forgotten; only a guard forgives it if null.
    forgiven_after_hours = models.PositiveSmallIntegerField(
        _("forgiven after (h)"), null=True, blank=True, default=12
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "code"], name="door_group_code_once")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def kind(self) -> str:
        """Its kind in code, as other places have one."""
        return "door_group"


class DoorDevice(models.Model):
    """A device that serves a door: a reader, a terminal, or a channel of a controller."""

    door = models.ForeignKey(Door, models.CASCADE, related_name="devices")
    device = models.ForeignKey(Device, models.PROTECT, related_name="doors")
    # The door's number on the device, as its messages name it.
    number = models.PositiveSmallIntegerField(_("door of the device"), default=1)
    # In which direction people pass who use it, where the device does not say so itself.
    direction = models.CharField(
        _("direction"), max_length=4, choices=Door.Directions, default=Door.Directions.BOTH
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["device", "number"], name="door_of_device_once"),
            models.CheckConstraint(condition=Q(number__gt=0), name="door_number_from_one"),
        ]

    def __str__(self) -> str:
        return f"door {self.number} of device {self.device_id}"
