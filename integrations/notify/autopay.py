"""Mails of auto-pay: what will be collected, and what could not be."""

from datetime import date
from typing import Any

from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override

from billing import ports
from billing.models import AutoPay
from core import clock
from core.money import Money
from integrations.notify.sending import send


def send_autopay(key: str, message: dict[str, Any]) -> None:
    """Send a notice or a failure of auto-pay to its payer.

    Args:
        key: the outbox message's key.
        message: ``{"autopay": its key, "kind": which mail, "day": the site's date}``.

    Raises:
        OSError, UnicodeError: there is no mail server, it is unreachable or refused the mail.
    """
    autopay = AutoPay.objects.select_related("site", "method").get(pk=message["autopay"])
    if not autopay.email:
        return  # erased
    day = date.fromisoformat(message["day"])
    with override(autopay.language):
        context = {
            "kind": message["kind"],
            "site": autopay.site,
            "method": autopay.method.title if autopay.method else "",
            "limit": Money(autopay.limit, autopay.currency),
            "lines": _lines(autopay, message["kind"], day),
        }
        subject = _("Auto-pay at %(site)s") % {"site": autopay.site.name}
        body = render_to_string("notify/autopay.txt", context)
        send(key, EmailMessage(subject=subject, body=body, to=[autopay.email]))


def _lines(autopay: AutoPay, kind: str, day: date) -> list[dict[str, Any]]:
    """Return the charges that a mail is about, each with its amount and day."""
    if kind == "expired":
        return []
    rows = autopay.collections.select_related("charge__site").order_by("due_on", "pk")
    if kind == "notice":
        zone = autopay.site.timezone
        found = [each for each in rows if clock.local(each.notified_at, zone).date() == day]
    else:
        state = {"needs_payer": "needs_payer", "declined": "declined"}.get(kind, "notified")
        found = [each for each in rows if each.state == state and each.tries]
    return [
        {
            "title": ports.source_of(each.charge).title(each.charge, autopay.language),
            "money": Money(each.amount, autopay.currency),
            "day": each.due_on,
            "is_over": each.state == "over_limit",
        }
        for each in found
    ]
