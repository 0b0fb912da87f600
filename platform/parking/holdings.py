"""What this room holds of people: stays of their cars."""

from collections.abc import Iterator

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from billing.models import Charge
from core import holdings
from core.holdings import Erased, Identity, Row
from parking.charges import KIND
from parking.models import Stay


def export(identity: Identity) -> Iterator[tuple[str, list[Row]]]:
    """Yield the stays of the person's cars with their prices in minor units."""
    fields = ("plate", "entered_at", "left_at", "status", "cover", "price", "currency")
    yield "stays", holdings.rows_of(_stays(identity).order_by("entered_at"), *fields)


def erase(identity: Identity) -> Erased:
    """Remove the plates of stays, which stay in the books by their keys."""
    reviewed = Stay.objects.filter(site=identity.site_id).exclude(review_reason="")
    holdings.clear_terms(reviewed, identity, "review_reason")
    return Erased(_stays(identity).update(plate="", folded=""))


def blocks(identity: Identity) -> Iterator[str]:
    """Yield that a car is inside, or a stay is not paid."""
    if _stays(identity).filter(status=Stay.Status.OPEN).exists():
        yield _("a car is inside")
    keys = list(_stays(identity).values_list("public_id", flat=True))
    unpaid = Charge.objects.filter(
        site=identity.site_id, source_type=KIND, source_id__in=keys, state=Charge.State.OPEN
    )
    if unpaid.exists():
        yield _("a stay is not paid")


def _stays(identity: Identity) -> QuerySet[Stay]:
    own = identity.with_plate("plate", "entered_at")
    # Stays of a site are found by their folded plates, in an index.
    folded = {each.folded for each in identity.plates}
    return Stay.objects.filter(own, site=identity.site_id, folded__in=folded)


holdings.register(holdings.Part("parking", export, erase, blocks))
