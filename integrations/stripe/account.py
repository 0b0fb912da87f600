"""Accounts at Stripe: of an organisation, else that of the whole installation.

The account of the installation is that of the environment (STRIPE_API_KEY), else the one entered.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.models import Payment, ProviderAccount, Refund
from billing.permissions import BillingPermission
from billing.provider_accounts import payments_at
from core import clock, installation
from core.errors import Rejection
from core.models import Organisation, User
from core.permissions import may
from integrations.stripe.event_types import (
    DETACHED,
    DISPUTE_EVENTS,
    EVENTS,
    INTENT_EVENTS,
    REFUND_EVENTS,
)

if TYPE_CHECKING:
    import stripe

    from integrations.stripe.adapter import StripeProvider

NAME = "stripe"
_KEY, _SECRET = "api_key", "webhook_secret"
_KEYS = ("sk_test_", "sk_live_", "rk_test_", "rk_live_")
_TEST_KEYS = ("sk_test_", "rk_test_")
_SECRET_MARK = "whsec_"  # noqa: S105 - what a secret begins with
_LONGEST = 300
#: What the webhook endpoint in Stripe's dashboard has to send.
WEBHOOK_EVENTS = tuple(sorted(EVENTS | REFUND_EVENTS | DISPUTE_EVENTS | INTENT_EVENTS | {DETACHED}))


@dataclass(frozen=True)
class Account:
    """What Stripe answers about the account of a key.

    Attributes:
        reference: Stripe's id of it; empty for a key that may not read it.
        title: what it is called in Stripe's dashboard.
    """

    reference: str
    title: str


def is_from_environment(organisation: Organisation | None = None) -> bool:
    """Return whether the environment configures the account, so that no entered one is used.

    Args:
        organisation: whose account; None for that of the whole installation. The environment never
            configures one of an organisation.
    """
    is_set = bool(settings.STRIPE_API_KEY or settings.STRIPE_WEBHOOK_SECRET)
    return is_set and organisation is None


def settings_name(organisation: Organisation | None = None) -> str:
    """Return the name under which the keys of the account in use are stored."""
    return NAME if organisation is None else f"{NAME}:organisation:{organisation.pk}"


def account_in_use(organisation: Organisation | None = None) -> ProviderAccount | None:
    """Return the account that was entered for an organisation, or for the whole installation."""
    accounts = ProviderAccount.objects.filter(provider=NAME, retired_at=None)
    return accounts.filter(organisation=organisation).first()


def api_key(organisation: Organisation | None = None) -> str:
    """Return the secret key that payments are collected with; empty without an account."""
    if is_from_environment(organisation):
        return str(settings.STRIPE_API_KEY)
    return installation.load(settings_name(organisation)).secrets.get(_KEY, "")


def webhook_secret(organisation: Organisation | None = None) -> str:
    """Return the secret that Stripe's events are signed with; empty if none is known."""
    if is_from_environment(organisation):
        return str(settings.STRIPE_WEBHOOK_SECRET)
    return installation.load(settings_name(organisation)).secrets.get(_SECRET, "")


def secret_of(account: ProviderAccount) -> str:
    """Return the secret that an entered account's events are signed with, also a retired one's."""
    return installation.load(account.settings_name).secrets.get(_SECRET, "")


def is_test_key(key: str) -> bool:
    """Return whether the key moves no money."""
    return key.startswith(_TEST_KEYS)


def entered_provider(account: ProviderAccount | None = None) -> "StripeProvider | None":
    """Return the provider with an entered account, also a retired one; None without its key.

    Args:
        account: None for payments from before accounts had rows. They were begun with the first
            one of the installation, unless the environment has one.
    """
    if account is None:
        if is_from_environment():
            return None
        account = ProviderAccount.objects.filter(provider=NAME, organisation=None).first()
    key = installation.load(account.settings_name).secrets.get(_KEY, "") if account else ""
    return _provider(key, settings.STRIPE_API_BASE) if key else None


def change_account(
    actor: User,
    organisation: Organisation | None = None,
    *,
    api_key: str,
    webhook_secret: str,
    revision: str = "",
) -> Account:
    """Store the account's keys once Stripe has accepted the secret key.

    A key of another account at Stripe retires the one in use: its keys are kept for what was paid
    with it.

    Args:
        organisation: whose account; None for that of the whole installation.
        api_key: empty to keep the stored one.
        webhook_secret: empty to keep the stored one, unless the account is another one.

    Raises:
        Rejection: a key is malformed, Stripe refuses it or does not answer, the environment
            configures the account, or the actor does not manage each site of the organisation.
    """
    _require_own_settings(organisation)
    _require_manager(organisation, actor)
    name = settings_name(organisation)
    stored = installation.load(name)
    key, secret = api_key.strip() or stored.secrets.get(_KEY, ""), webhook_secret.strip()
    _validate(key, secret)
    found = _look_up(key)
    with transaction.atomic():
        if not _replace(organisation, found):
            secret = secret or stored.secrets.get(_SECRET, "")
        mode = "test" if is_test_key(key) else "live"
        values = {"account": found.reference, "title": found.title, "mode": mode}
        secrets = {name: text for name, text in ((_KEY, key), (_SECRET, secret)) if text}
        installation.store(name, actor, values, secrets, revision)
    installation.record_check(name)
    return found


@transaction.atomic
def remove_account(
    actor: User, organisation: Organisation | None = None, *, despite_payments: bool = False
) -> None:
    """Retire the entered account: no new payment is begun with it.

    Its keys are kept where there are payments that may have to be refunded with it.

    Raises:
        Rejection: payments are under way, the environment configures the account, or the actor
            does not manage each site of the organisation.
    """
    _require_own_settings(organisation)
    _require_manager(organisation, actor)
    current = _locked(organisation)
    if current is None:
        return
    _require_no_payments(current, despite_payments)
    _retire(current)
    installation.remove(settings_name(organisation), actor)


def try_account(organisation: Organisation | None = None) -> Account:
    """Ask Stripe about the account in use, and record whether it answered.

    Raises:
        Rejection: there is no account, or Stripe refused the key or did not answer.
    """
    key, name = api_key(organisation), settings_name(organisation)
    if not key:
        raise Rejection(
            "api_key", "missing", _("no account is set up"), _("enter the secret key first")
        )
    try:
        account = _look_up(key)
    except Rejection as rejection:
        installation.record_check(name, rejection.message)
        raise
    installation.record_check(name)
    return account


def _replace(organisation: Organisation | None, found: Account) -> bool:
    """Make an account the one in use; return whether another one was in use, which is retired."""
    current = _locked(organisation)
    if current is not None and current.reference == found.reference:
        return False
    if current is not None:
        _retire(current)
    _create(organisation, found)
    return current is not None


def _locked(organisation: Organisation | None) -> ProviderAccount | None:
    accounts = ProviderAccount.objects.select_for_update().filter(provider=NAME, retired_at=None)
    return accounts.filter(organisation=organisation).first()


def _create(organisation: Organisation | None, found: Account) -> ProviderAccount:
    return ProviderAccount.objects.create(
        provider=NAME,
        organisation=organisation,
        reference=found.reference,
        settings_name=settings_name(organisation),
        created_at=clock.now(),
    )


def _retire(account: ProviderAccount) -> None:
    """Take an account out of use; keep its keys where something was paid with it."""
    kept = f"{NAME}:{account.public_id}"
    if payments_at(NAME, account).exists():
        installation.copy(account.settings_name, kept)
    account.settings_name, account.retired_at = kept, clock.now()
    account.save(update_fields=["settings_name", "retired_at"])


def _look_up(key: str) -> Account:
    import stripe  # here, as in `_client`: most processes do without it

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


def _client(key: str) -> "stripe.StripeClient":
    import stripe

    from integrations.stripe.adapter import TIMEOUT_SECONDS

    base = settings.STRIPE_API_BASE
    return stripe.StripeClient(
        key,
        base_addresses={"api": base} if base else None,
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=TIMEOUT_SECONDS),
    )


@lru_cache(maxsize=64)
def _provider(key: str, base: str) -> "StripeProvider":
    from integrations.stripe.adapter import StripeProvider

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


def _require_no_payments(account: ProviderAccount, despite_payments: bool) -> None:
    """Require that no payment or refund is under way at an account."""
    own = payments_at(NAME, account)
    sent = (Refund.State.APPROVED, Refund.State.CREATED)
    count = own.filter(state__in=Payment.UNDER_WAY).count()
    count += Refund.objects.filter(payment__in=own, state__in=sent).count()
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


def _require_manager(organisation: Organisation | None, actor: User) -> None:
    for site in organisation.sites.all() if organisation else ():
        if not may(actor, site, BillingPermission.MANAGE_PROVIDER_ACCOUNT):
            raise Rejection(
                "api_key",
                "other_sites",
                _("the organisation runs other sites, whose account you may not change"),
                _("ask an administrator to change it"),
            )


def _require_own_settings(organisation: Organisation | None) -> None:
    if is_from_environment(organisation):
        raise Rejection(
            "api_key",
            "set_by_environment",
            _("the account is set by the environment"),
            _("change STRIPE_API_KEY and STRIPE_WEBHOOK_SECRET, and start again"),
        )
