"""The account at Stripe: that of the environment (STRIPE_API_KEY), else the one entered."""

from dataclasses import dataclass
from functools import lru_cache

import stripe
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.models import Payment, Refund
from core import installation
from core.errors import Rejection
from core.models import User
from integrations.stripe.adapter import EVENTS, TIMEOUT_SECONDS, StripeProvider
from integrations.stripe.refunds import DISPUTE_EVENTS, REFUND_EVENTS

NAME = "stripe"
_KEY, _SECRET = "api_key", "webhook_secret"
_KEYS = ("sk_test_", "sk_live_", "rk_test_", "rk_live_")
_TEST_KEYS = ("sk_test_", "rk_test_")
_SECRET_MARK = "whsec_"  # noqa: S105 - what a secret begins with
_LONGEST = 300
#: What the webhook endpoint in Stripe's dashboard has to send.
WEBHOOK_EVENTS = tuple(sorted(EVENTS | REFUND_EVENTS | DISPUTE_EVENTS))


@dataclass(frozen=True)
class Account:
    """What Stripe answers about the account of a key.

    Attributes:
        reference: Stripe's id of it; empty for a key that may not read it.
        title: what it is called in Stripe's dashboard.
    """

    reference: str
    title: str


def is_from_environment() -> bool:
    """Return whether the environment configures the account, so that no entered one is used."""
    return bool(settings.STRIPE_API_KEY or settings.STRIPE_WEBHOOK_SECRET)


def api_key() -> str:
    """Return the secret key that payments are collected with; empty without an account."""
    if is_from_environment():
        return str(settings.STRIPE_API_KEY)
    return installation.load(NAME).secrets.get(_KEY, "")


def webhook_secret() -> str:
    """Return the secret that Stripe's events are signed with; empty if none is known."""
    if is_from_environment():
        return str(settings.STRIPE_WEBHOOK_SECRET)
    return installation.load(NAME).secrets.get(_SECRET, "")


def is_test_key(key: str) -> bool:
    """Return whether the key moves no money."""
    return key.startswith(_TEST_KEYS)


def entered_provider() -> StripeProvider | None:
    """Return the provider of the entered account; None where the environment has one, or none."""
    key = "" if is_from_environment() else api_key()
    return _provider(key, settings.STRIPE_API_BASE) if key else None


def change_account(
    actor: User,
    *,
    api_key: str,
    webhook_secret: str,
    revision: str = "",
    despite_payments: bool = False,
) -> Account:
    """Store the account's keys once Stripe has accepted the secret key.

    Args:
        api_key: empty to keep the stored one.
        webhook_secret: empty to keep the stored one.
        despite_payments: whether payments under way at another account are given up.

    Raises:
        Rejection: a key is malformed, Stripe refuses it or does not answer, payments are under way
            at another account, or the environment configures the account.
    """
    _require_own_settings()
    stored = installation.load(NAME)
    key = api_key.strip() or stored.secrets.get(_KEY, "")
    secret = webhook_secret.strip() or stored.secrets.get(_SECRET, "")
    _validate(key, secret)
    account = _look_up(key)
    if stored.values.get("account", account.reference) != account.reference:
        _require_no_payments(despite_payments)
    values = {
        "account": account.reference,
        "title": account.title,
        "mode": "test" if is_test_key(key) else "live",
    }
    secrets = {name: text for name, text in ((_KEY, key), (_SECRET, secret)) if text}
    installation.store(NAME, actor, values, secrets, revision)
    installation.record_check(NAME)
    return account


def remove_account(actor: User, *, despite_payments: bool = False) -> None:
    """Remove the entered account: paying online is no longer offered.

    Raises:
        Rejection: payments are under way, or the environment configures the account.
    """
    _require_own_settings()
    _require_no_payments(despite_payments)
    installation.remove(NAME, actor)


def try_account() -> Account:
    """Ask Stripe about the configured account, and record whether it answered.

    Raises:
        Rejection: there is no account, or Stripe refused the key or did not answer.
    """
    key = api_key()
    if not key:
        raise Rejection(
            "api_key", "missing", _("no account is set up"), _("enter the secret key first")
        )
    try:
        account = _look_up(key)
    except Rejection as rejection:
        installation.record_check(NAME, rejection.message)
        raise
    installation.record_check(NAME)
    return account


def _look_up(key: str) -> Account:
    try:
        found = _client(key).v1.accounts.retrieve_current()
    except stripe.PermissionError:
        # A restricted key that may take payments need not be able to read the account.
        return Account("", "")
    except stripe.APIConnectionError as error:
        raise Rejection(
            "api_key",
            "no_answer",
            _("Stripe did not answer"),
            _("check the connection of this machine, and try again"),
        ) from error
    except stripe.StripeError as error:
        raise Rejection(
            "api_key",
            "refused",
            _("Stripe refused the key: %(answer)s") % {"answer": str(error).rstrip(".")},
            _("copy the secret key from Stripe's dashboard again"),
        ) from error
    profile = getattr(found, "business_profile", None)
    return Account(found.id, getattr(profile, "name", None) or found.id)


def _client(key: str) -> stripe.StripeClient:
    base = settings.STRIPE_API_BASE
    return stripe.StripeClient(
        key,
        base_addresses={"api": base} if base else None,
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=TIMEOUT_SECONDS),
    )


@lru_cache(maxsize=2)
def _provider(key: str, base: str) -> StripeProvider:
    return StripeProvider(key, base)


def _validate(key: str, secret: str) -> None:
    if not key.startswith(_KEYS) or len(key) > _LONGEST or not _is_plain(key):
        raise Rejection(
            "api_key",
            "invalid_key",
            _("this is not a secret key"),
            _("copy the one that begins with sk_live_ or sk_test_"),
        )
    if secret and (not secret.startswith(_SECRET_MARK) or not _is_plain(secret)):
        raise Rejection(
            "webhook_secret",
            "invalid_secret",
            _("this is not a signing secret"),
            _("copy the one of the webhook endpoint, which begins with whsec_"),
        )


def _is_plain(text: str) -> bool:
    return text.isascii() and text.replace("_", "").isalnum()


def _require_no_payments(despite_payments: bool) -> None:
    """Require that no payment or refund would be left at an account that is not asked any more."""
    payments = Payment.objects.filter(provider=NAME, state__in=Payment.UNDER_WAY).count()
    sent = (Refund.State.APPROVED, Refund.State.CREATED)
    count = payments + Refund.objects.filter(payment__provider=NAME, state__in=sent).count()
    if count and not despite_payments:
        text = ngettext(
            "%(count)s payment or refund is under way at the present account",
            "%(count)s payments or refunds are under way at the present account",
            count,
        )
        raise Rejection(
            "despite_payments",
            "payments_under_way",
            text % {"count": count},
            _("wait until they are settled, or confirm that they are settled by hand"),
            override="despite_payments",
        )


def _require_own_settings() -> None:
    if is_from_environment():
        raise Rejection(
            "api_key",
            "set_by_environment",
            _("the account is set by the environment"),
            _("change STRIPE_API_KEY and STRIPE_WEBHOOK_SECRET, and start again"),
        )
