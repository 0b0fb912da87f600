"""Credentials that we issue ourselves: PINs, codes to show, and the phone."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from access.models import VisitorPass
from core.models import Site
from doors.models.cards import Credential
from estate.models import Door
from people.models import Person


class Token(Credential):
    """A PIN, a QR code or the phone of a person, or a PIN or code of a visit.

    Of a PIN, only the HMACs of `PinDigest` are stored; a code is signed anew whenever it is shown.
    """

    class Means(models.TextChoices):
        """By which means it is shown; the codes are those of `devices.events`."""

        PIN = "pin", _("PIN")
        QR = "qr", _("QR code")
        PHONE = "phone", pgettext_lazy("at a door", "phone")

    site = models.ForeignKey(Site, models.CASCADE, related_name="tokens")
    person = models.ForeignKey(Person, models.CASCADE, null=True, related_name="tokens")
    visit = models.ForeignKey(VisitorPass, models.CASCADE, null=True, related_name="tokens")
    means = models.CharField(_("means"), max_length=5, choices=Means)
    # Of a code: printed, and so the same whenever it is shown; others change every 30 seconds.
    is_static = models.BooleanField(_("printed"), default=False)
    # Of a PIN: how often it was refused since it last opened a door; at five it is locked.
    refusals = models.PositiveSmallIntegerField(default=0)
    locked_at = models.DateTimeField(null=True, editable=False)
    # Of a visit's: it opens this door alone; any of its rights where null.
    door = models.ForeignKey(Door, models.CASCADE, null=True, related_name="+")
    # Of a visit's: it ends as soon as it has opened a door.
    is_single_use = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False, visit__isnull=True)
                | Q(person__isnull=True, visit__isnull=False),
                name="token_has_one_holder",
            ),
            models.CheckConstraint(
                condition=Q(visit__isnull=False) | Q(door__isnull=True, is_single_use=False),
                name="only_visits_have_single_use",
            ),
            models.UniqueConstraint(
                fields=["visit", "means"],
                condition=Q(state__in=["active", "suspended", "lost"]),
                name="token_of_visit_once",
            ),
            models.UniqueConstraint(
                fields=["person", "means"],
                condition=Q(state__in=["active", "suspended", "lost"], is_static=False),
                name="token_in_use_once",
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gt=F("begins_on")),
                name="token_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(means="qr") | Q(is_static=False), name="only_codes_are_printed"
            ),
            models.CheckConstraint(
                condition=Q(means="pin") | Q(refusals=0, locked_at=None),
                name="only_pins_are_locked",
            ),
        ]
        indexes = [
            models.Index(fields=["site", "issued_at", "id"], name="token_by_time"),
            models.Index(
                fields=["site", "ends_on"],
                condition=Q(ends_on__isnull=False, state__in=["active", "suspended"]),
                name="token_to_end",
            ),
        ]

    def __str__(self) -> str:
        return str(self.Means(self.means).label)


class PinDigest(models.Model):
    """The HMAC of a PIN that is in use, or of its twin that calls for help.

    Both are taken at the site, so that no PIN is another's, nor another's call for help.
    """

    site = models.ForeignKey(Site, models.CASCADE, related_name="+")
    token = models.ForeignKey(Token, models.CASCADE, related_name="digests")
    digest = models.CharField(max_length=64)
    is_duress = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "digest"], name="pin_once_at_site"),
            models.UniqueConstraint(fields=["token", "is_duress"], name="pin_has_one_twin"),
        ]

    def __str__(self) -> str:
        return f"digest of token {self.token_id}"


class CodeUse(models.Model):
    """That a code opened a door in one of its steps of 30 seconds; it does not open it again."""

    token = models.ForeignKey(Token, models.CASCADE, related_name="+")
    door = models.ForeignKey(Door, models.CASCADE, related_name="+")
    step = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["token", "door", "step"], name="code_once_at_door")
        ]

    def __str__(self) -> str:
        return f"step {self.step} of token {self.token_id}"
