"""What the views of fees share: rows of the site, and the form of a request."""

from django.shortcuts import get_object_or_404

from core.models import Site
from fees.models import FeeItem
from fees.selectors import items

CHANGED = ["list-changed"]


def item_or_404(site: Site, pk: int) -> FeeItem:
    """Return a fee item of the site.

    Raises:
        Http404: the site has no such item.
    """
    return get_object_or_404(items(site).select_related("site", "late_fee"), pk=pk)
