"""The notices of discounts that a second person has to approve."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core.models import User
from core.notifications import Notice, NoticeKind, declare, notify
from core.notifications.channels import MAIL, PUSH, SMS
from core.severities import Severity
from fees.models import Discount
from fees.permissions import FeePermission
from people.staff import holders_of


def _item(titles: Sequence[str]) -> str:
    """Return the title of a fee in the language of the reader."""
    title, chinese = titles
    return chinese if chinese and (get_language() or "").startswith("zh") else title


DISCOUNT = declare(
    NoticeKind(
        "discount_waits",
        _("Discounts that wait for approval"),
        FeePermission.APPROVE_DISCOUNTS,
        texts={
            "waits": _("A discount of %(percent)s%% on %(item)s waits for approval"),
            "requested": _("Requested by %(name)s: %(reason)s"),
        },
        formats={"item": _item},
        defaults={MAIL: None, PUSH: Severity.MINOR, SMS: None},
    )
)


def notify_approvers(discount: Discount, actor: User) -> None:
    """Notify the colleagues who may approve a discount, but not who has requested it."""
    site = discount.item.site
    approving = holders_of(site, FeePermission.APPROVE_DISCOUNTS)
    notify(
        Notice(
            kind=DISCOUNT.code,
            severity=Severity.MINOR,
            group_key=f"discount:{discount.pk}",
            recipients=[user for user in approving if user.pk != actor.pk],
            site=site,
            title="waits",
            text="requested",
            params={
                "percent": f"{discount.percent.normalize():f}",
                "item": [discount.item.title, discount.item.title_zh],
                "name": actor.display_name,
                "reason": discount.reason,
            },
            path=reverse("console:discounts", args=[site.slug]) + "?state=requested",
        )
    )
