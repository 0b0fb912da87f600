"""Which account at a provider collects for a site, and which one a payment was begun with."""

from dataclasses import dataclass

from django.db.models import F, Q, QuerySet

from billing import ports
from billing.models import Payment, ProviderAccount
from billing.ports import PaymentProvider
from core.models import Site


@dataclass(frozen=True, slots=True)
class Collector:
    """A provider with the account that it collects for; None for that of the environment."""

    provider: PaymentProvider
    account: ProviderAccount | None


def collector_for(site: Site, name: str = Payment.Provider.STRIPE) -> Collector | None:
    """Return what collects the site's new payments; None where nothing is configured.

    It is the account of the site's organisation; without one, that of the environment or the one
    entered for the whole installation.
    """
    accounts = ProviderAccount.objects.filter(provider=name, retired_at=None)
    mine = accounts.filter(Q(organisation=site.organisation_id) | Q(organisation=None))
    account = mine.order_by(F("organisation").asc(nulls_last=True)).first()
    if account is not None and account.organisation_id is None and name in ports.PROVIDERS:
        account = None
    provider = ports.provider(name, account) if account else ports.PROVIDERS.get(name)
    return None if provider is None else Collector(provider, account)


def provider_of(payment: Payment) -> PaymentProvider | None:
    """Return the provider with the account that a payment was begun with."""
    return ports.provider(payment.provider, payment.account)


def payments_at(provider: str, account: ProviderAccount | None) -> QuerySet[Payment]:
    """Return the payments that a report of an account may be about.

    An organisation's account reports of its own payments only. Those of the whole installation
    are one another's: its administrator entered them all.
    """
    payments = Payment.objects.filter(provider=provider)
    if account is not None and account.organisation_id is not None:
        return payments.filter(account=account)
    return payments.filter(Q(account=None) | Q(account__organisation=None))
