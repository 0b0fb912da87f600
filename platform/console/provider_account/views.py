"""The account of online payments of a site's organisation: entered, tried, removed."""

from django.http import HttpResponse
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from billing.permissions import BillingPermission
from console import payment_accounts
from console.pages import render_page
from core.models import Site
from integrations.stripe.account import api_key
from ui.dialogs import Change, dialog_page
from ui.pages import SiteRequest, site_page

_MANAGE = BillingPermission.MANAGE_PROVIDER_ACCOUNT


@site_page(_MANAGE)
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """Show the organisation's account, and which one collects for it without one."""
    shared = {"has_shared": bool(api_key()), "organisation": site.organisation}
    context = payment_accounts.account_context(site.organisation) | shared
    return render_page(request, "console/provider_account/page.html", context, "provider_account")


@sensitive_post_parameters("api_key", "webhook_secret")
@dialog_page(_MANAGE)
def change(request: SiteRequest, site: Site) -> Change:
    """Enter or change the account's keys."""
    return payment_accounts.change_dialog(request, site.organisation)


@dialog_page(_MANAGE)
def try_account(request: SiteRequest, site: Site) -> Change:
    """Ask Stripe about the account."""
    return payment_accounts.try_dialog(request, site.organisation)


@dialog_page(_MANAGE)
def remove(request: SiteRequest, site: Site) -> Change:
    """Remove the account."""
    lead = gettext_lazy(
        "New payments are collected by the account of the installation, if it has one."
    )
    return payment_accounts.remove_dialog(request, site.organisation, lead)
