"""VAT rates of the organisation of a site, as they are set over the years."""

from datetime import date
from decimal import Decimal

from billing.models import VatRate
from core import clock
from core.models import Site
from tests.factories import UserFactory

LONG_AGO = date(2020, 1, 1)


def vat_rate(
    site: Site, rate: str = "6", account: str = "parking", valid_from: date = LONG_AGO
) -> VatRate:
    """A rate that was set in time."""
    return VatRate.objects.create(
        organisation=site.organisation,
        account=account,
        valid_from=valid_from,
        rate=Decimal(rate),
        entered_at=clock.now(),
        entered_by=UserFactory(),
    )
