"""Visits at doors: where visitors crossed the site's edge, their rules, and who is banned."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from access.models import VisitorPass
from core.models import Site, User
from estate.models import DoorGroup


class VisitCrossing(models.Model):
    """That a visitor came in or left at a lane or a door.

    Attributes:
        key: of what was seen there, so that the same is counted once.
        way: ``in``, ``out``, or empty where the reader does not know.
        kind: of what was crossed.
    """

    class Kind(models.TextChoices):
        """What was crossed, from the outside inwards."""

        LANE = "lane", _("lane")
        GATE = "gate", _("gate for people")
        ENTRANCE = "entrance", pgettext_lazy("door", "entrance")

    visit = models.ForeignKey(VisitorPass, models.CASCADE, related_name="crossings")
    key = models.CharField(max_length=40)
    at = models.DateTimeField()
    way = models.CharField(max_length=3, blank=True, default="")
    kind = models.CharField(max_length=8, choices=Kind)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["visit", "key"], name="visit_crossing_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["lane", "gate", "entrance"]) & Q(way__in=["in", "out", ""]),
                name="visit_crossing_valid",
            ),
        ]

    def __str__(self) -> str:
        return f"visit {self.visit_id} {self.way} at a {self.kind}"


class VisitRules(models.Model):
    """What holds for visitors of a site; a site without a row has the defaults.

    Attributes:
        approved_by_staff: the reasons of visits that the staff approve.
        groups: the doors that a resident may open for a visitor.
        per_day: visits of a household that begin on one day; null for no limit.
        text: the rules that the visitor reads, and that contractors sign.
        way: how to find the way.
    """

    site = models.OneToOneField(Site, models.CASCADE, related_name="visit_rules")
    approved_by_staff = models.JSONField(default=list)
    groups = models.ManyToManyField(DoorGroup, related_name="+")
    per_day = models.PositiveSmallIntegerField(
        _("visits per home and day"), null=True, blank=True, default=10
    )
    most_companions = models.PositiveSmallIntegerField(_("companions at most"), default=5)
    asks_at_door = models.BooleanField(_("visitors may ask at the door"), default=True)
    text = models.TextField(_("rules for visitors"), max_length=4000, blank=True, default="")
    way = models.TextField(_("the way in"), max_length=1000, blank=True, default="")
    contractors_sign = models.BooleanField(_("contractors accept the rules"), default=False)
    contractors_deposit = models.BooleanField(_("contractors leave a deposit"), default=False)

    def __str__(self) -> str:
        return f"rules for visitors of site {self.site_id}"


class VisitorBan(models.Model):
    """A visitor who is to see the guard: with a basis, an end, and a second person's approval."""

    class Basis(models.TextChoices):
        """By what right somebody is kept out."""

        COURT_ORDER = "court_order", _("court order")
        POLICE_REQUEST = "police_request", _("police request")
        SITE_BAN = "site_ban", _("ban from the site")

    site = models.ForeignKey(Site, models.CASCADE, related_name="visitor_bans")
    visitor_name = models.CharField(_("name"), max_length=120, blank=True, default="")
    phone = models.CharField(_("phone"), max_length=30, blank=True, default="")
    plate = models.CharField(_("plate"), max_length=16, blank=True, default="")
    basis = models.CharField(_("legal basis"), max_length=20, choices=Basis)
    reason = models.CharField(_("reason"), max_length=400)
    begins_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["site", "ends_at"], name="visitor_ban_by_end")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("begins_at")), name="visitor_ban_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("created_by")),
                name="visitor_ban_approved_by_another",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="visitor_ban_has_a_reason"),
            models.CheckConstraint(
                condition=~Q(visitor_name="", phone="", plate=""),
                name="visitor_ban_names_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"ban of {self.visitor_name or self.phone or self.plate}"
