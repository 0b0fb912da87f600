"""Credentials of people, and the first kind of them, cards: which one, whose, in which state."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.models import Site
from people.models import Person


class Credential(models.Model):
    """What a person shows at a door.

    It is valid from `begins_on` until before `ends_on`. One that was returned or has ended is not
    changed.
    """

    class State(models.TextChoices):
        """Whether it opens doors, and why not."""

        ACTIVE = "active", pgettext_lazy("of a card", "active")
        SUSPENDED = "suspended", pgettext_lazy("of a card", "suspended")
        LOST = "lost", pgettext_lazy("of a card", "lost")
        RETURNED = "returned", pgettext_lazy("of a card", "returned")
        ENDED = "ended", pgettext_lazy("of a card", "ended")

    # States in which the number belongs to its holder; a lost card may turn up at a door.
    IN_USE = (State.ACTIVE, State.SUSPENDED, State.LOST)

    state = models.CharField(_("state"), max_length=10, choices=State, default=State.ACTIVE)
    # Since when it is in that state.
    state_at = models.DateTimeField()
    issued_at = models.DateTimeField(_("issued"))
    begins_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def is_in_use(self) -> bool:
        """Whether the number belongs to its holder."""
        return self.state in self.IN_USE


class Card(Credential):
    """A card or key fob that a person holds, by the number that readers report.

    The same piece of plastic is issued again as another row.
    """

    class Format(models.TextChoices):
        """What a reader reports, and so which numbers there are (`doors.formats`)."""

        NUMBER = "number", _("number only")
        WIEGAND_26 = "wiegand26", _("Wiegand 26")
        WIEGAND_34 = "wiegand34", _("Wiegand 34")

    site = models.ForeignKey(Site, models.CASCADE, related_name="cards")
    person = models.ForeignKey(Person, models.CASCADE, related_name="cards")
    format = models.CharField(_("format"), max_length=10, choices=Format, default=Format.NUMBER)
    # The facility code of the Wiegand formats; 0 for those without one.
    facility = models.PositiveIntegerField(_("facility"), default=0)
    number = models.PositiveBigIntegerField(_("number"))

    class Meta:
        verbose_name = _("card")
        verbose_name_plural = _("cards")
        constraints = [
            models.UniqueConstraint(
                fields=["site", "format", "facility", "number"],
                condition=Q(state__in=["active", "suspended", "lost"]),
                name="card_in_use_once",
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gt=F("begins_on")),
                name="card_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(format__in=["number", "wiegand26", "wiegand34"]),
                name="card_format_valid",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["active", "suspended", "lost", "returned", "ended"]),
                name="card_state_valid",
            ),
        ]
        indexes = [
            models.Index(fields=["site", "issued_at", "id"], name="card_by_time"),
            models.Index(
                fields=["site", "ends_on"],
                condition=Q(ends_on__isnull=False, state__in=["active", "suspended"]),
                name="card_to_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.facility}-{self.number}" if self.facility else str(self.number)

    @property
    def holder(self) -> Person:
        """The person, under the name that other rows with a holder have."""
        return self.person
