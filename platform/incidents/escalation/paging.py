"""Page the person on call for what is no incident of its own, such as a rejected delivery."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from core import clock
from core.models import Site
from core.notifications import Notice, NoticeKind, declare, notify
from core.notifications.kinds import Label
from core.severities import Severity
from incidents.escalation import responders
from incidents.permissions import IncidentPermission

_texts: dict[str, Label] = {}
PAGE = declare(
    NoticeKind(
        "on_call_page",
        _("Calls to the person on call"),
        IncidentPermission.VIEW_INCIDENTS,
        texts=_texts,
    )
)


def declare_page(code: str, title: Label) -> str:
    """Declare what the person on call may be paged for, and return the code.

    Args:
        title: with places for parameters, such as ``%(endpoint)s``.

    Raises:
        ValueError: the code is declared with another title.
    """
    if _texts.setdefault(code, title) is not title:
        raise ValueError(f"{code} is declared twice for pages")
    return code


def page_on_call(
    site: Site,
    code: str,
    params: Mapping[str, Any],
    path: str,
    severity: str = Severity.SEVERE,
) -> int:
    """Page who is on call now, at any hour; where no one is, those on duty, else the managers.

    Args:
        code: one that `declare_page` has declared.
        params: plain values for its title.
        path: the page that it is about.

    Returns:
        The number of people who were paged.
    """
    recipients = (
        responders.on_call(site, clock.now())
        or responders.on_duty(site)
        or responders.managers(site)
    )
    notice = Notice(
        kind=PAGE.code,
        severity=severity,
        group_key="",
        recipients=recipients,
        site=site,
        title=code,
        params=params,
        path=path,
        urgent=True,
    )
    return len(notify(notice))
