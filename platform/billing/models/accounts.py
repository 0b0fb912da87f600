"""Accounts at payment providers."""

from django.db import models
from django.db.models import Q

from core.ids import public_id
from core.models import Organisation


class ProviderAccount(models.Model):
    """An account at a provider, of one organisation or of the whole installation.

    A payment remembers the account it was begun with. An account that was replaced is retired, and
    its keys are kept: what was paid with it is settled, refunded and reconciled with it.
    """

    # Part of the address of its webhook.
    public_id = models.CharField(max_length=20, unique=True, default=public_id)
    provider = models.CharField(max_length=10)
    # Null: of the whole installation, for organisations without an account of their own.
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, related_name="provider_accounts"
    )
    # The provider's id of it; empty where its key may not read it.
    reference = models.CharField(max_length=120, blank=True, default="")
    # Where its keys are stored (core.installation).
    settings_name = models.CharField(max_length=40, unique=True)
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "organisation"],
                condition=Q(retired_at__isnull=True),
                nulls_distinct=False,
                name="one_account_in_use",
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.reference or self.public_id}"
