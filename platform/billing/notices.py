"""The kind of notices about money that a second person has to approve."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from billing.permissions import BillingPermission
from core.money import Money
from core.notifications import NoticeKind, declare
from core.notifications.channels import MAIL, PUSH, SMS
from core.severities import Severity


def _amount(stored: Sequence[Any]) -> str:
    minor, currency = stored
    return Money(minor, currency).written()


APPROVAL = declare(
    NoticeKind(
        "approval",
        _("Requests that need a second person"),
        BillingPermission.VIEW_MONEY,
        texts={
            "refund": _("A refund of %(amount)s waits for approval"),
            "void": _("The void of a payment of %(amount)s waits for approval"),
            "waiver": _("The waiver of a late fee, %(amount)s, waits for approval"),
            "write_off": _("A write-off of %(amount)s waits for approval"),
            "requested": _("Requested by %(name)s: %(reason)s"),
        },
        formats={"amount": _amount},
        defaults={MAIL: None, PUSH: Severity.MINOR, SMS: None},
    )
)
