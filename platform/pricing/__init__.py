"""The tariff engine: tariff/1 documents in, quotes with their lines out.

Pure: no Django, no clock, no database. Times are aware datetimes, amounts whole minor units.
Start with `parse_tariff`, then `price` or `due`; check a tariff that is about to be saved with
`check_publishable`. docs/tariff.md explains the language and the choices made where its rules
leave one.
"""

from pricing.coupons import Coupon, Discounted, apply_coupons
from pricing.engine import MAX_STAY_DAYS, price
from pricing.errors import PricingError, StayError, TariffError
from pricing.payment import Due, Payment, due
from pricing.preview import PreviewRow, preview
from pricing.publish import check_publishable, unused_elements
from pricing.quote import Line, Quote
from pricing.rules import parse_tariff
from pricing.tariff import Tariff

__all__ = [
    "MAX_STAY_DAYS",
    "Coupon",
    "Discounted",
    "Due",
    "Line",
    "Payment",
    "PreviewRow",
    "PricingError",
    "Quote",
    "StayError",
    "Tariff",
    "TariffError",
    "apply_coupons",
    "check_publishable",
    "due",
    "parse_tariff",
    "preview",
    "price",
    "unused_elements",
]
