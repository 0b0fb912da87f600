"""What persons have chosen: from which severity by which channel, and when to be left in peace.

The choices are rows of `people`, which registers what reads them.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from core.models import Site, User
from core.notifications.channels import wired
from core.notifications.kinds import NoticeKind
from core.severities import rank


@dataclass(frozen=True)
class Choice:
    """What one person has chosen for one kind of notices.

    Attributes:
        least: the least severity by channel, None for a channel that is off; a channel that is
            missing follows the kind's default.
        quiet_until: the end of the person's quiet hours, where they have begun.
    """

    least: Mapping[str, str | None] = field(default_factory=dict)
    quiet_until: datetime | None = None

    def channels(self, kind: NoticeKind, severity: str) -> list[str]:
        """Return the wired channels by which the person hears of that severity."""
        return [code for code in wired() if self._covers(kind, code, severity)]

    def _covers(self, kind: NoticeKind, channel: str, severity: str) -> bool:
        if channel in kind.always:
            return True
        least = self.least.get(channel, kind.defaults.get(channel))
        return least is not None and rank(severity) >= rank(least)


#: Returns the choices for one kind, by the person's key, at an instant at a site.
Reader = Callable[[Iterable[User], NoticeKind, Site | None, datetime], Mapping[int, Choice]]
_readers: list[Reader] = []
_NOTHING_CHOSEN = Choice()


def use_choices(reader: Reader) -> None:
    """Register what reads the choices of persons; wired at start."""
    _readers[:] = [reader]


def choices_of(
    users: Iterable[User], kind: NoticeKind, site: Site | None, at: datetime
) -> Callable[[User], Choice]:
    """Return what gives each of the persons' choice for a kind."""
    found = [reader(users, kind, site, at) for reader in _readers]
    choices = found[0] if found else {}
    return lambda user: choices.get(user.pk, _NOTHING_CHOSEN)
