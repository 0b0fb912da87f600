"""Keys with which a site signs what it hands to authorities."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.models import Site, User


class SiteKey(models.Model):
    """A signing key of a site (EC P-256), with the certificate that receivers check it by."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="signing_keys")
    # Of the site, from 1.
    number = models.PositiveIntegerField()
    # PKCS 8, encrypted with a key derived from the master key.
    private_key = models.TextField()
    certificate = models.TextField(_("certificate (PEM)"))
    # SHA-256 of the certificate, in hex.
    fingerprint = models.CharField(_("fingerprint"), max_length=64, unique=True)
    created_at = models.DateTimeField()
    # Null for the first key, which is generated when it is first needed.
    created_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="")
    # Receivers get its certificate from its creation on; it signs later, when they have it.
    signs_from = models.DateTimeField(_("signs from"))

    class Meta:
        ordering = ["site", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["site", "number"], name="site_key_number_once"),
            models.CheckConstraint(
                condition=Q(signs_from__gte=F("created_at")), name="site_key_signs_after_creation"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.site_id} key {self.number}"

    @property
    def fingerprint_groups(self) -> str:
        """The fingerprint in groups of four, as people read it to each other."""
        digits = self.fingerprint.upper()
        return " ".join(digits[start : start + 4] for start in range(0, len(digits), 4))
