"""Residents' access to the portal: requests, invitations, rules."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from console.groups import SITE
from core.models import Site
from people.accounts import bindings, requests
from people.permissions import PeoplePermission
from ui.sections import Action, Badge, NavItem, Section


def waiting_at(site: Site) -> QuerySet[Any, Any]:
    """Return the keys of what waits for a decision of the management."""
    accesses, others = bindings.waiting_at(site), requests.waiting_at(site)
    return accesses.order_by().values("pk").union(others.order_by().values("pk"), all=True)


SECTION = Section(
    name="accounts",
    prefix="accounts/",
    urls="console.accounts.urls",
    help_template="console/accounts/help.html",
    navigation=(
        NavItem(
            "accounts",
            _("Residents' portal"),
            "home",
            PeoplePermission.MANAGE_ACCOUNTS,
            group=SITE,
            badge=Badge("accounts", PeoplePermission.MANAGE_ACCOUNTS, waiting_at, topics=()),
        ),
    ),
    actions=(
        Action(
            "invite_any_resident",
            _("Invite a resident"),
            "user-plus",
            PeoplePermission.MANAGE_ACCOUNTS,
        ),
    ),
)
