"""Reads of deposits: what was paid of each, what is held, and how it was settled."""

from typing import Any

from django.db.models import BigIntegerField, Exists, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from billing.ledger import Party
from billing.models import Allocation, Deposit, DepositSettlement
from billing.services.deposits import KIND
from core.models import Site
from core.money import Money


def deposits(site: Site) -> QuerySet[Any]:
    """Return the site's deposits, the newest first.

    Each has ``paid``, what is allocated to it in minor units, and ``is_settled``.
    """
    paid = (
        Allocation.objects.filter(
            charge__source_type=KIND, charge__source_id=OuterRef("public_id"), charge__site=site
        )
        .order_by()
        .values(one=Value(1))
        .annotate(sum=Sum("amount"))
        .values("sum")
    )
    rows = Deposit.objects.filter(site=site).select_related("site", "unit__building", "settlement")
    return rows.annotate(
        paid=Coalesce(Subquery(paid, output_field=BigIntegerField()), Value(0)),
        is_settled=Exists(DepositSettlement.objects.filter(deposit=OuterRef("pk"))),
    ).order_by("-created_at", "-pk")


def deposits_of(site: Site, payer: Party) -> QuerySet[Any]:
    """Return a payer's deposits as `deposits` does."""
    return deposits(site).filter(payer_type=payer[0], payer_id=payer[1])


def deposits_held(site: Site, payer: Party) -> Money:
    """Return what is held of a payer's deposits that were not settled."""
    rows = deposits_of(site, payer).filter(is_settled=False, currency=site.currency)
    return Money(sum(int(each.paid) for each in rows), site.currency)
