"""Stays as a source of charges: the amount due, the title, the facts on a receipt."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.models import Charge
from billing.ports import Offer, ReceiptFact
from core import clock
from core.audit import Subject
from core.money import Money
from parking import charges, selectors, services
from parking.models import Stay


class StayCharges:
    """The charges for stays, as `billing.ports.ChargeSource` describes them."""

    kind = charges.KIND
    income_account = charges.INCOME_ACCOUNT

    def due(self, charge: Charge, at: datetime) -> int:
        """Return what is still to pay on the stay if its car leaves at that instant."""
        return selectors.due_now(_stay(charge), at).due

    def offer(self, charge: Charge, at: datetime) -> Offer:
        """Return the stay's quote; one that holds and is unchanged is offered again."""
        quote = services.make_quote(_stay(charge), at)
        return Offer(
            money=Money(quote.due, quote.currency),
            at=quote.at,
            expires_at=quote.expires_at,
            lines=quote.lines,
            basis=quote.tariff,
        )

    def title(self, charge: Charge, language: str) -> str:
        """Return the title on the provider's page; it does not contain the plate."""
        with override(language or None):
            return _("Parking at %(site)s") % {"site": charge.site.name}

    def receipt_facts(self, charge: Charge) -> list[ReceiptFact]:
        """Return the plate, the lot and the entry in the site's time zone."""
        stay = _stay(charge)
        entered = clock.local(stay.entered_at, charge.site.timezone)
        return [
            ReceiptFact("plate", _("Plate"), stay.plate),
            ReceiptFact("lot", _("Car park"), stay.lot.name),
            ReceiptFact("entered", _("Entered"), f"{entered:%Y-%m-%d %H:%M}"),
        ]

    def audit_subject(self, charge: Charge) -> Subject:
        """Return the stay as a subject of the audit log."""
        return "stay", _stay(charge).pk


def _stay(charge: Charge) -> Stay:
    return Stay.objects.select_related("site", "lot", "tariff", "visitor_pass").get(
        public_id=charge.source_id
    )
