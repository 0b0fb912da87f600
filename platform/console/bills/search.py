"""What the search box finds of bills."""

from django.db.models import Q
from django.urls import reverse

from billing.models import Bill
from core.models import Site
from core.money import Money
from ui.sections import Hit


def find_bills(site: Site, text: str, most: int) -> list[Hit]:
    """Return the bills with that number or payment reference."""
    found = Bill.objects.filter(numbered(text), site=site).order_by("-issued_on", "-pk")
    return [
        Hit(
            each.number,
            reverse("console:bill", args=[site.slug, each.pk]),
            Money(each.total, each.currency).written(),
            "file-dollar",
        )
        for each in found[:most]
    ]


def numbered(text: str) -> Q:
    """Return the condition for bills with a number or payment reference, however it is spaced."""
    reference = "".join(text.split()).upper()
    return Q(number=text.strip()) | Q(payment_reference=reference)
