"""The account of online payments: shown, entered, tried, removed.

Two areas have such pages: one for the whole installation, one for the organisation of a site.
"""

from typing import Any

from django import forms
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from billing.selectors import latest_provider_event
from console.secret_inputs import KEEP, secret_input
from console.setting_changes import latest_changes
from core import installation, revisions
from core.models import Organisation
from integrations.stripe import account as stripe
from ui.dialogs import Change, Dialog, confirm_form
from ui.forms import ConfirmableForm, RevisedForm
from ui.pages import SiteRequest

_CHANGED = ["list-changed"]


class PaymentAccountForm(RevisedForm):
    """The keys of an account at Stripe."""

    api_key = forms.CharField(
        label=gettext_lazy("Secret key"),
        max_length=300,
        required=False,
        widget=secret_input(),
        help_text=gettext_lazy(
            "It begins with sk_live_, or with sk_test_ to try payments without money."
        ),
    )
    webhook_secret = forms.CharField(
        label=gettext_lazy("Signing secret of the webhook"),
        max_length=300,
        required=False,
        widget=secret_input(),
        help_text=gettext_lazy("It begins with whsec_."),
    )

    def __init__(self, *args: Any, stored: frozenset[str] = frozenset(), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in stored & self.fields.keys():
            self.fields[name].help_text = KEEP


class RemoveAccountForm(ConfirmableForm):
    """The confirmation to remove the account."""

    ticks = {"despite_payments": gettext_lazy("Remove it, although payments are under way")}


def account_context(organisation: Organisation | None) -> dict[str, Any]:
    """Return what the page shows: the account, whether it works, where Stripe sends its events."""
    key, name = stripe.api_key(organisation), stripe.settings_name(organisation)
    return {
        "has_key": bool(key),
        "is_test": stripe.is_test_key(key),
        "has_secret": bool(stripe.webhook_secret(organisation)),
        "from_environment": stripe.is_from_environment(organisation),
        "stored": installation.load(name),
        "webhook": _webhook(organisation),
        "events": stripe.WEBHOOK_EVENTS,
        "latest_event": latest_provider_event(stripe.NAME, organisation),
        "changes": latest_changes(name),
    }


def change_dialog(request: SiteRequest, organisation: Organisation | None) -> Change:
    """Return the dialog that enters or changes the account's keys."""
    stored = installation.load(stripe.settings_name(organisation))
    form = PaymentAccountForm(
        request.POST if request.method == "POST" else None,
        initial={"revision": revisions.revision_of(stored.values)},
        stored=frozenset(stored.secrets),
    )
    return Change(
        Dialog(
            title=gettext_lazy("Account at Stripe"),
            lead=gettext_lazy(
                "The key is tried before it is saved. What was paid with an account at Stripe is "
                "settled and refunded with it, also after you change to another one."
            ),
            button=gettext_lazy("Save"),
        ),
        form,
        lambda data: stripe.change_account(request.user, organisation, **data),
        gettext_lazy("Saved. Drivers can pay online from now on."),
        _CHANGED,
    )


def try_dialog(request: SiteRequest, organisation: Organisation | None) -> Change:
    """Return the dialog that asks Stripe about the account."""
    return Change(
        Dialog(
            title=gettext_lazy("Try the account"),
            lead=gettext_lazy("Stripe is asked about the account. No money moves."),
            button=gettext_lazy("Try"),
        ),
        confirm_form(request),
        lambda data: stripe.try_account(organisation),
        _answered,
        _CHANGED,
    )


def remove_dialog(request: SiteRequest, organisation: Organisation | None, lead: Any) -> Change:
    """Return the dialog that takes the account out of use.

    Args:
        lead: what happens then.
    """
    return Change(
        Dialog(
            title=gettext_lazy("Remove the account"),
            lead=lead,
            button=pgettext_lazy("settings", "Remove"),
            tone="danger-soft",
        ),
        RemoveAccountForm(request.POST if request.method == "POST" else None),
        lambda data: stripe.remove_account(request.user, organisation, **data),
        gettext_lazy("Account removed."),
        _CHANGED,
    )


def _webhook(organisation: Organisation | None) -> str:
    """Return the address of the webhook; empty for an organisation that has no account yet."""
    path = reverse("stripe_webhook")
    if organisation is not None:
        account = stripe.account_in_use(organisation)
        path = reverse("stripe_account_webhook", args=[account.public_id]) if account else ""
    return settings.PUBLIC_URL.rstrip("/") + path if path else ""


def _answered(account: Any) -> str:
    if not account.title:
        return _("Stripe accepts the key.")
    return _("Stripe accepts the key of %(account)s.") % {"account": account.title}
