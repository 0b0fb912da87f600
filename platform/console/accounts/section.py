"""Residents' access to the portal: requests, invitations, rules."""

from django.utils.translation import gettext_lazy as _

from console.groups import SITE
from core.models import Site
from people.accounts import bindings, requests
from people.permissions import PeoplePermission
from ui.sections import Action, Badge, NavItem, Section


def count_waiting(site: Site) -> int:
    """Count what waits for a decision of the management."""
    return bindings.waiting_at(site).count() + requests.waiting_at(site).count()


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
            badge=Badge("accounts", PeoplePermission.MANAGE_ACCOUNTS, count_waiting, topics=()),
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
