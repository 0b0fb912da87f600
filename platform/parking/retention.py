"""Which passages stays still need: those of stays that are open, unsettled or disputed."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from billing.models import Charge, Dispute
from parking.charges import KIND
from parking.models import Stay


def passages_of_unsettled_stays() -> Q:
    """Return the condition on passages by which such a stay began, ended or waits."""
    sides = ("entry_passage", "exit_passage", "waiting_passage")
    return Q(*(Exists(_unsettled(side)) for side in sides), _connector=Q.OR)


def _unsettled(side: str) -> QuerySet[Stay]:
    of_stay = {"source_type": KIND, "source_id": OuterRef("public_id")}
    unpaid = Charge.objects.filter(**of_stay, state=Charge.State.OPEN)
    of_payment = {f"payment__items__charge__{name}": value for name, value in of_stay.items()}
    disputed = Dispute.objects.filter(**of_payment, state=Dispute.State.OPEN)
    stays = Stay.objects.filter(**{side: OuterRef("pk")})
    return stays.filter(Q(status=Stay.Status.OPEN) | Exists(unpaid) | Exists(disputed))
