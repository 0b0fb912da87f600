"""The account of online payments for the whole installation: entered, tried, removed."""

from django.http import HttpResponse
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from console import payment_accounts
from console.pages import render_page
from core.models import Site
from core.permissions import InstallationPermission
from ui.dialogs import Change, dialog_page
from ui.pages import SiteRequest, site_page

_MANAGE = InstallationPermission.MANAGE_INSTALLATION


@site_page(_MANAGE)
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """Show the account, whether it works, and where Stripe sends its events."""
    context = payment_accounts.account_context(None)
    return render_page(request, "console/installation/payments.html", context, "payment_account")


@sensitive_post_parameters("api_key", "webhook_secret")
@dialog_page(_MANAGE)
def change(request: SiteRequest, site: Site) -> Change:
    """Enter or change the account's keys."""
    return payment_accounts.change_dialog(request, None)


@dialog_page(_MANAGE)
def try_account(request: SiteRequest, site: Site) -> Change:
    """Ask Stripe about the account."""
    return payment_accounts.try_dialog(request, None)


@dialog_page(_MANAGE)
def remove(request: SiteRequest, site: Site) -> Change:
    """Remove the account."""
    lead = gettext_lazy("Paying online is no longer offered. Cash is.")
    return payment_accounts.remove_dialog(request, None, lead)
