"""The second person: above a limit of the site, another person decides than the one who asked."""

from datetime import timedelta

from django.utils.translation import gettext as _

from billing.notices import APPROVAL
from billing.settings import settings_of
from core.errors import Rejection
from core.models import Site, User
from core.money import Money
from core.notifications import Notice, notify
from core.severities import Severity
from people.staff import holders_of

# What one payer is given back, waived or written off within this time counts together, so that a
# large amount is not decided in small parts.
TOGETHER = timedelta(days=1)


def exceeds_refund_limit(site: Site, money: Money) -> bool:
    """Return whether a refund needs a second person; in another currency it always does."""
    return money.currency != site.currency or money.minor > settings_of(site).refund_limit


def exceeds_waiver_limit(site: Site, money: Money) -> bool:
    """Return whether a void, a waiver or a write-off needs a second person.

    In another currency than the site's it always does.
    """
    return money.currency != site.currency or money.minor > settings_of(site).waiver_limit


def notify_approvers(
    site: Site, actor: User, permission: str, *, what: str, money: Money, reason: str, path: str
) -> None:
    """Notify the colleagues who may approve what a person has requested.

    Args:
        permission: what the approval needs.
        what: the code of the notice's title.
        path: the page on which it is approved.
    """
    others = [user for user in holders_of(site, permission) if user.pk != actor.pk]
    name = actor.display_name
    notify(
        Notice(
            kind=APPROVAL.code,
            severity=Severity.MINOR,
            group_key="",
            recipients=others,
            site=site,
            title=what,
            text="requested",
            params={"amount": [money.minor, money.currency], "name": name, "reason": reason},
            path=path,
        )
    )


def require_second_person(field: str, requested_by: int | None, actor: User) -> None:
    """Validate that who decides is not who asked.

    Args:
        field: what is decided, such as ``refund``.
        requested_by: the key of the user who asked.
        actor: who decides.

    Raises:
        Rejection: the actor has requested it (`second_person`).
    """
    if requested_by == actor.pk:
        raise Rejection(
            field,
            "second_person",
            _("you have requested this yourself"),
            _("ask a colleague to decide"),
        )
