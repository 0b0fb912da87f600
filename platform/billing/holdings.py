"""What this room holds of people: charges to them; the books name them by their keys."""

from collections.abc import Iterator

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from billing.models import Charge, Payment, Refund
from core import holdings
from core.holdings import Erased, Identity, Row


def export(identity: Identity) -> Iterator[tuple[str, list[Row]]]:
    """Yield the charges to the person, in minor units."""
    fields = ("source_type", "period", "amount", "currency", "state")
    yield "charges", holdings.rows_of(_charges(identity).order_by("pk"), *fields)


def erase(identity: Identity) -> Erased:
    """Remove the person's texts from reasons; charges and books stay, by their keys."""
    kept = _charges(identity).count()
    rows = holdings.clear_terms(Payment.objects.filter(site=identity.site_id), identity, "failure")
    refunds = Refund.objects.filter(payment__site=identity.site_id)
    rows += holdings.clear_terms(refunds, identity, "reason", "failure")
    return Erased(rows, {"charges": kept} if kept else {})


def blocks(identity: Identity) -> Iterator[str]:
    """Yield that a charge is not paid."""
    if _charges(identity).filter(state=Charge.State.OPEN).exists():
        yield _("a charge is not paid")


def _charges(identity: Identity) -> QuerySet[Charge]:
    return Charge.objects.filter(
        site=identity.site_id, payer_type="person", payer_id=str(identity.person_id)
    )


holdings.register(holdings.Part("billing", export, erase, blocks))
