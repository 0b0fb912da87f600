"""The consent to auto-pay with its saved method: turned on by the provider's report, and off."""

from django.db import transaction

from billing.models import AutoPay, Collection, ProviderAccount, SavedMethod
from billing.provider_messages import Setup
from billing.services.recording import SEND_OUTBOX
from core import audit, clock, outbox
from core.jobs import enqueue
from core.models import User

AUTOPAY_MAIL = outbox.declare("autopay.mail")
DETACH_METHOD = outbox.declare("autopay.detach")
State = Collection.State


@transaction.atomic
def finish_setup(provider: str, setup: Setup, account: ProviderAccount | None) -> AutoPay | None:
    """Turn auto-pay on with the method that the provider has saved; once.

    Returns:
        The auto-pay; None where the report is about none of the account's.
    """
    rows = AutoPay.objects.select_for_update(of=("self",)).select_related("site")
    autopay = rows.filter(public_id=setup.autopay, provider=provider, account=account).first()
    if autopay is None or autopay.state != AutoPay.State.PENDING or not setup.method:
        return autopay
    autopay.method = SavedMethod.objects.create(
        site=autopay.site,
        payer_type=autopay.payer_type,
        payer_id=autopay.payer_id,
        provider=provider,
        account=account,
        customer=setup.customer,
        reference=setup.method,
        title=setup.title[:60],
        expires_month=setup.expires_month,
        saved_at=clock.now(),
    )
    autopay.state = AutoPay.State.ACTIVE
    autopay.save(update_fields=["method", "state"])
    record_change(autopay, autopay.consented_by, "turn autopay on", method=autopay.method.title)
    return autopay


@transaction.atomic
def stop_autopay(autopay: AutoPay, actor: User | str, *, reason: str = "") -> AutoPay:
    """Turn auto-pay off at once: nothing is collected any more, and the method is forgotten."""
    found = AutoPay.objects.select_for_update(of=("self",)).get(pk=autopay.pk)
    if found.state == AutoPay.State.STOPPED:
        return found
    found.state, found.stopped_at = AutoPay.State.STOPPED, clock.now()
    found.stopped_by = actor if isinstance(actor, str) else actor.get_username()
    found.stop_reason = reason
    found.save(update_fields=["state", "stopped_at", "stopped_by", "stop_reason"])
    found.collections.filter(state=State.NOTIFIED).update(state=State.ENDED)
    if found.method is not None and found.method.ended_at is None:
        SavedMethod.objects.filter(pk=found.method.pk).update(ended_at=clock.now())
        queue(DETACH_METHOD, f"detach:{found.method.pk}", {"method": found.method.pk}, found)
    record_change(found, actor, "turn autopay off", reason=reason)
    return found


def end_method(provider: str, reference: str, account: ProviderAccount | None) -> None:
    """Stop what uses a method that was detached at the provider."""
    rows = AutoPay.objects.filter(
        method__reference=reference, provider=provider, account=account, state=AutoPay.State.ACTIVE
    )
    for autopay in rows:
        SavedMethod.objects.filter(autopays=autopay).update(ended_at=clock.now())
        stop_autopay(autopay, provider, reason="detached")


def queue(topic: str, key: str, message: dict[str, str | int], autopay: AutoPay) -> None:
    """Add an outbox message about a consent; those of one consent stay in order."""
    outbox.put(topic, key, message, receiver=f"autopay:{autopay.public_id}")
    enqueue("billing.jobs.send_outbox", key=SEND_OUTBOX)


def record_change(autopay: AutoPay, actor: User | str, action: str, **detail: str | int) -> None:
    """Record in the audit log what was done with a payer's auto-pay."""
    audit.record(autopay.site, actor, action, autopay.payer, **detail)
