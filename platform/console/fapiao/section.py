"""Requests for a fapiao, the Chinese tax invoice."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from billing.models import FapiaoRequest
from billing.permissions import BillingPermission
from billing.topics import FAPIAO
from console.groups import MONEY
from core.models import Site
from ui.sections import Badge, NavItem, Section

State = FapiaoRequest.State


def waiting(site: Site) -> QuerySet[FapiaoRequest]:
    """Return the requests that staff have to handle."""
    return FapiaoRequest.objects.filter(
        payment__site=site, state__in=(State.REQUESTED, State.RED_REQUESTED)
    )


SECTION = Section(
    name="fapiao",
    prefix="fapiao/",
    urls="console.fapiao.urls",
    help_template="console/fapiao/help.html",
    navigation=(
        NavItem(
            "fapiao",
            _("Fapiao"),
            "receipt-2",
            BillingPermission.VIEW_MONEY,
            group=MONEY,
            badge=Badge("fapiao", BillingPermission.VIEW_MONEY, waiting, topics=(FAPIAO,)),
        ),
    ),
)
