"""The changes of a site's settings, and the return to what one of them has replaced.

The audit log is the history: its entries hold the values before and after, and can't be altered.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core import audit
from core.models import AuditEntry, Site
from estate.services.common import Actor
from estate.services.sites import CHANGED, RESTORED, SITE_VALUES, change_site

_SHOWN = 30


@dataclass(frozen=True)
class SettingsChange:
    """One change of a site's settings.

    Attributes:
        before: the values that it replaced, by name.
        after: the values that replaced them.
    """

    pk: int
    at: datetime
    actor: str
    before: dict[str, Any]
    after: dict[str, Any]


def settings_changes(site: Site) -> list[SettingsChange]:
    """Return the latest changes of the site's settings, newest first."""
    return [_change(entry) for entry in _entries(site).order_by("-at", "-pk")[:_SHOWN]]


def settings_change(site: Site, pk: int) -> SettingsChange | None:
    """Return one change of the site's settings."""
    entry = _entries(site).filter(pk=pk).first()
    return _change(entry) if entry else None


def undo_change(site: Site, change: SettingsChange, actor: Actor, revision: str = "") -> Site:
    """Set the values that a change has replaced again; all rules of a change hold.

    Args:
        revision: the token of the present values that the confirmation showed.

    Raises:
        Rejection: a value is not accepted any more, is fixed, or was changed meanwhile.
    """
    return change_site(site, actor, revision=revision, action=RESTORED, **change.before)


def _entries(site: Site) -> Any:
    return audit.history(site, ("site", site.pk)).filter(action__in=(CHANGED, RESTORED))


def _change(entry: AuditEntry) -> SettingsChange:
    pairs = {name: entry.detail[name] for name in SITE_VALUES if name in entry.detail}
    before = {name: pair[0] for name, pair in pairs.items()}
    after = {name: pair[1] for name, pair in pairs.items()}
    return SettingsChange(entry.pk, entry.at, entry.actor, before, after)
