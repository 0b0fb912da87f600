"""Notices of legal holds whose review is due, to the colleagues who may release them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import clock
from core.models import Site, User
from core.notifications import Notice, NoticeKind, declare, notify, selectors
from core.permissions import SitePermission
from core.retention_models import LegalHold
from core.severities import Severity
from people.staff import holders_of


def _day(stored: str) -> str:
    return f"{timezone.localtime(datetime.fromisoformat(stored)):%Y-%m-%d}"


DUE = declare(
    NoticeKind(
        "legal_hold_due",
        _("Legal holds whose review is due"),
        SitePermission.MANAGE_RETENTION,
        texts={
            "due": _("The review of a legal hold has been due since %(day)s"),
            "owner": _("Placed by %(name)s. Release it, or extend it."),
        },
        formats={"day": _day},
    )
)


def remind_of_holds() -> int:
    """Notify of the holds whose review is due, once for each date; return how many."""
    due = LegalHold.objects.filter(released_at=None, ends_at__lte=clock.now())
    rows = due.select_related("site", "owner").order_by("site", "pk")
    found = [hold for hold in rows if not selectors.about(_subject(hold)).exists()]
    managing = {hold.site_id: hold.site for hold in found}
    holders = {key: _holders(site) for key, site in managing.items()}
    return sum(_remind(hold, holders) for hold in found)


def _remind(hold: LegalHold, holders: Mapping[int, Sequence[User]]) -> bool:
    """Notify those who may release a hold: everyone but its owner; return whether there are any."""
    rows = notify(
        Notice(
            kind=DUE.code,
            severity=Severity.MODERATE,
            group_key=_subject(hold),
            recipients=[user for user in holders[hold.site_id] if user.pk != hold.owner_id],
            site=hold.site,
            title="due",
            text="owner",
            params={
                "day": hold.ends_at.isoformat(),
                "name": hold.owner.display_name,
            },
            path=reverse("console:retention", args=[hold.site.slug]),
        )
    )
    return bool(rows)


def _subject(hold: LegalHold) -> str:
    return f"legal_hold:{hold.pk}:{hold.ends_at:%Y%m%d%H%M}"


def _holders(site: Site) -> list[User]:
    return holders_of(site, SitePermission.MANAGE_RETENTION)
