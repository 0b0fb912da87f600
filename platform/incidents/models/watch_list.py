"""The watch-list."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.models import Site, User
from incidents.models.dispositions import Disposition


class WatchEntry(models.Model):
    """A plate to watch for, with a legal basis, an end, and the approval of a second person."""

    class Basis(models.TextChoices):
        COURT_ORDER = "court_order", _("court order")
        POLICE_REQUEST = "police_request", _("police request")
        STOLEN_VEHICLE = "stolen_vehicle", _("stolen vehicle report")
        SITE_BAN = "site_ban", _("ban from the site")

    site = models.ForeignKey(Site, models.CASCADE, related_name="watch_list")
    plate = models.CharField(_("plate"), max_length=16)
    folded = models.CharField(max_length=16)
    legal_basis = models.CharField(_("legal basis"), max_length=20, choices=Basis)
    document_no = models.CharField(_("document no."), max_length=80)
    requesting_org = models.CharField(_("requesting organisation"), max_length=120)
    requesting_officer = models.CharField(_("requesting officer"), max_length=120)
    reason = models.CharField(_("reason"), max_length=400)
    begins_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    # Null for a request of an authority, which `disposition` names.
    created_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    # The entry whose plate goes on being watched for, with a basis and an approval of its own.
    renews = models.ForeignKey("self", models.PROTECT, null=True, related_name="renewals")
    disposition = models.OneToOneField(Disposition, models.PROTECT, null=True, related_name="entry")
    # Who ended it before its time, and why.
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    end_reason = models.CharField(max_length=400, blank=True, default="")
    # When its end was announced to the person responsible.
    reminded_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["site", "folded"], name="watch_folded"),
            models.Index(fields=["site", "begins_at", "id"], name="watch_by_beginning"),
            models.Index(fields=["site", "ends_at", "id"], name="watch_by_end"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("begins_at")), name="watch_entry_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("created_by")),
                name="watch_entry_approved_by_another",
            ),
            models.CheckConstraint(
                condition=Q(created_by__isnull=False) | Q(disposition__isnull=False),
                name="watch_entry_has_an_origin",
            ),
            models.UniqueConstraint(
                fields=["renews"], condition=Q(end_reason=""), name="watch_entry_renewed_once"
            ),
            *(
                models.CheckConstraint(condition=~Q(**{name: ""}), name=f"watch_entry_has_{name}")
                for name in ("document_no", "requesting_org", "requesting_officer", "reason")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plate} {self.legal_basis}"
