"""The account of online payments: entered, tried, removed."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from billing.selectors import latest_provider_event
from console.installation.changes import latest_changes
from console.installation.forms import PaymentAccountForm, RemoveAccountForm
from console.pages import render_page
from core import installation, revisions
from core.models import Site
from core.permissions import InstallationPermission
from integrations.stripe import account as stripe
from ui.dialogs import Change, Dialog, confirm_form, dialog_page
from ui.pages import SiteRequest, site_page

_MANAGE = InstallationPermission.MANAGE_INSTALLATION
CHANGED = ["list-changed"]


@site_page(_MANAGE)
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """Show the account, whether it works, and where Stripe sends its events."""
    key = stripe.api_key()
    context = {
        "has_key": bool(key),
        "is_test": stripe.is_test_key(key),
        "has_secret": bool(stripe.webhook_secret()),
        "from_environment": stripe.is_from_environment(),
        "stored": installation.load(stripe.NAME),
        "webhook": settings.PUBLIC_URL.rstrip("/") + reverse("stripe_webhook"),
        "events": stripe.WEBHOOK_EVENTS,
        "latest_event": latest_provider_event(stripe.NAME),
        "changes": latest_changes(stripe.NAME),
    }
    return render_page(request, "console/installation/payments.html", context, "payment_account")


@sensitive_post_parameters("api_key", "webhook_secret")
@dialog_page(_MANAGE)
def change(request: SiteRequest, site: Site) -> Change:
    """Enter or change the account's keys."""
    stored = installation.load(stripe.NAME)
    form = PaymentAccountForm(
        request.POST if request.method == "POST" else None,
        initial={"revision": revisions.revision_of(stored.values)},
        stored=frozenset(stored.secrets),
    )
    return Change(
        Dialog(
            title=gettext_lazy("Account at Stripe"),
            lead=gettext_lazy("The key is tried before it is saved."),
            button=gettext_lazy("Save"),
        ),
        form,
        lambda data: stripe.change_account(request.user, **data),
        gettext_lazy("Saved. Drivers can pay online from now on."),
        CHANGED,
    )


@dialog_page(_MANAGE)
def try_account(request: SiteRequest, site: Site) -> Change:
    """Ask Stripe about the account."""
    return Change(
        Dialog(
            title=gettext_lazy("Try the account"),
            lead=gettext_lazy("Stripe is asked about the account. No money moves."),
            button=gettext_lazy("Try"),
        ),
        confirm_form(request),
        lambda data: stripe.try_account(),
        _answered,
        CHANGED,
    )


@dialog_page(_MANAGE)
def remove(request: SiteRequest, site: Site) -> Change:
    """Remove the account."""
    return Change(
        Dialog(
            title=gettext_lazy("Remove the account"),
            lead=gettext_lazy("Paying online is no longer offered. Cash is."),
            button=pgettext_lazy("settings", "Remove"),
            tone="danger-soft",
        ),
        RemoveAccountForm(request.POST if request.method == "POST" else None),
        lambda data: stripe.remove_account(request.user, **data),
        gettext_lazy("Account removed."),
        CHANGED,
    )


def _answered(account: Any) -> str:
    if not account.title:
        return _("Stripe accepts the key.")
    return _("Stripe accepts the key of %(account)s.") % {"account": account.title}
