"""Auto-pay: consent with a saved method, a notice before each collection, bounded tries.

The consent is committed before the provider hears of it, and so is each payment; a lost answer is
repeated under the same idempotency key, by the payer's return or by the reconciliation job.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from billing import ports
from billing.ledger import Party
from billing.models import AutoPay, Charge, Collection, Payment, ProviderAccount
from billing.outstanding import owed_by
from billing.provider_accounts import collector_for
from billing.provider_messages import SetupRequest
from billing.services.autopay_consents import (
    AUTOPAY_MAIL,
    finish_setup,
    queue,
    record_change,
    stop_autopay,
)
from billing.services.cash import add_item
from billing.services.charging import Cause, lock_causes
from billing.services.checkout import CHECKOUT_LIFE, refresh_payment
from billing.services.recording import checkouts_under_way
from core import clock
from core.errors import Rejection
from core.models import Site, User

ONLINE = Payment.Provider.STRIPE
#: The version of the text that payers agree to; change it with the text.
TERMS_VERSION = "2026-11"
NOTICE_DAYS = 3
MOST_TRIES = 3
# Days between the tries.
RETRY_DAYS = 2
# The code of a bank that asks the payer to confirm, which nobody can do off-session.
NEEDS_CONFIRMATION = "authentication_required"
State = Collection.State


@dataclass(frozen=True, slots=True)
class Consent:
    """A payer's consent that what they owe is collected with a method that they enter next.

    Attributes:
        site: where what they owe is collected.
        payer: as (type, id).
        actor: who agreed to the text of `TERMS_VERSION`.
        limit: the most to collect for one charge, in minor units.
        email: where notices are sent.
        language: of the provider's page and the notices, as a Django language code.
        return_url: where the payer's browser is redirected afterwards.
    """

    site: Site
    payer: Party
    actor: User
    limit: int
    email: str
    language: str
    return_url: str


def begin_autopay(consent: Consent) -> tuple[AutoPay, str]:
    """Store a payer's consent, and return it with the page on which the method is entered.

    Raises:
        Rejection: it is on already, the limit is not above zero, or the provider is not configured
            or did not answer.
    """
    collector = collector_for(consent.site, ONLINE)
    if collector is None:
        raise Rejection(
            "payment",
            "provider_not_configured",
            _("online payment is not available at this site"),
            _("pay the bill in another way"),
        )
    if consent.limit <= 0:
        raise Rejection(
            "limit", "not_positive", _("the limit must be above zero"), _("enter an amount")
        )
    autopay = _store(consent, collector.account)
    try:
        setup = collector.provider.begin_setup(_request(autopay))
    except (ports.ProviderUnreachableError, ports.ProviderRefusedError) as error:
        raise _no_answer() from error
    AutoPay.objects.filter(pk=autopay.pk).update(setup_ref=setup.reference)
    return autopay, setup.url


def refresh_autopay(autopay: AutoPay) -> AutoPay:
    """Return the auto-pay with the method that its payer entered meanwhile."""
    if autopay.state != AutoPay.State.PENDING or not autopay.setup_ref:
        return autopay
    provider = ports.provider(autopay.provider, autopay.account)
    if provider is not None:
        try:
            setup = provider.look_up_setup(autopay.setup_ref)
        except (ports.ProviderUnreachableError, ports.ProviderRefusedError) as error:
            raise _no_answer() from error
        finish_setup(autopay.provider, setup, autopay.account)
    autopay.refresh_from_db()
    return autopay


def notify_due(site: Site, today: date) -> int:
    """Notify payers of what will be collected, N days before; return how many charges."""
    count = 0
    active = AutoPay.objects.filter(site=site, state=AutoPay.State.ACTIVE)
    for autopay in active.select_related("site", "method"):
        if _has_expired(autopay, today):
            stop_autopay(autopay, "system", reason="expired")
            _mail(autopay, "expired", today)
        else:
            count += _notify(autopay, today)
    return count


def collect_due(site: Site, today: date) -> int:
    """Collect what payers were notified of; return how many payments were begun."""
    waiting = Collection.objects.filter(
        autopay__site=site, autopay__state=AutoPay.State.ACTIVE, state=State.NOTIFIED
    ).select_related("autopay__site", "autopay__method", "charge__site")
    for collection in waiting.filter(tries__gt=0):
        _take_outcome(collection, today)
    count = 0
    due = waiting.filter(due_on__lte=today).order_by("autopay", "pk")
    by_autopay: dict[int, list[Collection]] = {}
    for collection in due:
        by_autopay.setdefault(collection.autopay_id, []).append(collection)
    for collections in by_autopay.values():
        count += _collect(collections[0].autopay, collections, today)
    return count


def _store(consent: Consent, account: ProviderAccount | None) -> AutoPay:
    """Commit a consent in place of one whose method was never entered."""
    kind, key = consent.payer
    with transaction.atomic(durable=True):
        own = AutoPay.objects.filter(site=consent.site, payer_type=kind, payer_id=key)
        if own.filter(state=AutoPay.State.ACTIVE).exists():
            raise _already_on()
        own.filter(state=AutoPay.State.PENDING).update(
            state=AutoPay.State.STOPPED, stopped_at=clock.now(), stop_reason="begun again"
        )
        try:
            with transaction.atomic():
                autopay = _create(consent, account)
        except IntegrityError as error:  # begun twice at once, by a second click perhaps
            raise _already_on() from error
        detail: dict[str, str | int] = {"limit": consent.limit, "terms": TERMS_VERSION}
        record_change(autopay, consent.actor, "agree to autopay", **detail)
        return autopay


def _create(consent: Consent, account: ProviderAccount | None) -> AutoPay:
    kind, key = consent.payer
    return AutoPay.objects.create(
        site=consent.site,
        payer_type=kind,
        payer_id=key,
        provider=ONLINE,
        account=account,
        limit=consent.limit,
        currency=consent.site.currency,
        notice_days=NOTICE_DAYS,
        email=consent.email,
        language=consent.language,
        consented_by=consent.actor,
        consented_at=clock.now(),
        terms_version=TERMS_VERSION,
        return_url=consent.return_url,
    )


def _already_on() -> Rejection:
    return Rejection("limit", "already_on", _("auto-pay is on already"), _("turn it off first"))


def _request(autopay: AutoPay) -> SetupRequest:
    return SetupRequest(
        autopay=autopay.public_id,
        site=autopay.site.slug,
        payer=f"{autopay.payer_type}:{autopay.payer_id}",
        currency=autopay.currency,
        language=autopay.language,
        return_url=autopay.return_url,
    )


def _has_expired(autopay: AutoPay, today: date) -> bool:
    last = autopay.method.expires_month if autopay.method else None
    return last is not None and last < today.year * 12 + today.month


@transaction.atomic
def _notify(autopay: AutoPay, today: date) -> int:
    """Create the collections of what is due soon, and notify the payer of them together."""
    known = set(autopay.collections.values_list("charge_id", flat=True))
    notice = timedelta(days=autopay.notice_days)
    count = 0
    for owed in owed_by(autopay.site, autopay.payer):
        day = _due_day(owed.charge, today)
        if owed.charge.pk in known or day - notice > today:
            continue
        is_over = owed.money.minor > autopay.limit
        Collection.objects.create(
            autopay=autopay,
            charge=owed.charge,
            amount=owed.money.minor,
            state=State.OVER_LIMIT if is_over else State.NOTIFIED,
            notified_at=clock.now(),
            due_on=max(day, today + notice),
        )
        count += 1
    if count:
        # A second notice of a day, after a run that was repeated, is a mail of its own.
        _mail(autopay, f"notice:{len(known)}", today)
    return count


def _due_day(charge: Charge, today: date) -> date:
    return clock.local(charge.due_at, charge.site.timezone).date() if charge.due_at else today


def _collect(autopay: AutoPay, collections: Sequence[Collection], today: date) -> int:
    payment = _open(autopay, collections, today)
    if payment is None:
        return 0
    try:
        refresh_payment(payment)
    except Rejection:
        return 1  # no answer: the reconciliation job repeats it under the same key
    for collection in collections:
        collection.refresh_from_db()
        _take_outcome(collection, today)
    return 1


def _open(autopay: AutoPay, collections: Sequence[Collection], today: date) -> Payment | None:
    """Commit the payment that the provider will be sent; None where nothing is to be collected."""
    with transaction.atomic(durable=True):
        charges = {Cause.of(each.charge): each for each in collections}
        lock_causes(charges)
        locked = AutoPay.objects.select_for_update(of=("self",)).get(pk=autopay.pk)
        is_off = locked.state != AutoPay.State.ACTIVE
        if is_off or checkouts_under_way(*charges).exists():
            return None
        now = clock.now()
        offers = {
            cause: ports.source_of(each.charge).offer(each.charge, now)
            for cause, each in charges.items()
        }
        wanted = {
            cause: min(each.amount, offers[cause].money.minor) for cause, each in charges.items()
        }
        _end(each for cause, each in charges.items() if not wanted[cause])
        if not any(wanted.values()):
            return None
        payment = _payment_of(autopay, sum(wanted.values()), now)
        for cause, each in charges.items():
            if wanted[cause]:
                add_item(payment, each.charge, offers[cause], wanted[cause])
                each.tries += 1
                each.due_on = today + timedelta(days=RETRY_DAYS)
                each.save(update_fields=["tries", "due_on"])
        return payment


def _payment_of(autopay: AutoPay, amount: int, at: datetime) -> Payment:
    return Payment.objects.create(
        site=autopay.site,
        provider=autopay.provider,
        account=autopay.account,
        saved_method=autopay.method,
        payer_type=autopay.payer_type,
        payer_id=autopay.payer_id,
        amount=amount,
        currency=autopay.currency,
        email=autopay.email,
        language=autopay.language,
        created_at=at,
        expires_at=at + CHECKOUT_LIFE,
    )


def _end(collections: Iterable[Collection]) -> None:
    keys = [each.pk for each in collections]
    Collection.objects.filter(pk__in=keys).update(state=State.ENDED)


@transaction.atomic
def _take_outcome(collection: Collection, today: date) -> None:
    """Move a collection to what its last payment came to, and notify the payer of a failure."""
    autopay = collection.autopay
    payments = Payment.objects.filter(
        saved_method=autopay.method, items__charge=collection.charge
    ).order_by("-pk")
    payment = payments.first()
    if payment is None or payment.state in Payment.UNDER_WAY or collection.state != State.NOTIFIED:
        return
    if payment.state == Payment.State.PAID:
        collection.state = State.PAID
    elif payment.failure_code == NEEDS_CONFIRMATION:
        collection.state = State.NEEDS_PAYER
        _mail(autopay, "needs_payer", today)
    elif collection.tries >= MOST_TRIES:
        collection.state = State.DECLINED
        _mail(autopay, "declined", today)
    else:
        _mail(autopay, "retry", today)
    collection.save(update_fields=["state"])


def _mail(autopay: AutoPay, kind: str, today: date) -> None:
    """Queue a mail; those of one kind are one mail a day."""
    key = f"autopay:{autopay.public_id}:{kind}:{today:%Y-%m-%d}"
    message: dict[str, str | int] = {
        "autopay": autopay.pk,
        "kind": kind.partition(":")[0],
        "day": f"{today:%Y-%m-%d}",
    }
    queue(AUTOPAY_MAIL, key, message, autopay)


def _no_answer() -> Rejection:
    return Rejection(
        "payment",
        "provider_unavailable",
        _("the payment service did not respond"),
        _("try again in a minute"),
    )
