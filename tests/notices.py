"""A kind of notices and a channel for tests of notifications."""

from dataclasses import dataclass, field

from core.models import Site, User
from core.notifications import Notice, NoticeKind, kinds
from core.notifications.channels import Outgoing
from core.permissions import SitePermission
from core.severities import Severity

KIND = NoticeKind(
    "test_leak",
    "Leaks",
    SitePermission.VIEW_SITE,
    texts={
        "raised": "Leak at %(place)s",
        "hint": "Close the valve.",
        "resolved": "Leak at %(place)s has ended",
    },
    formats={"place": lambda code: {"pump": "the pump room"}.get(code, code)},
    defaults={"mail": Severity.MINOR, "push": Severity.SEVERE, "sms": None},
)


def declare_kind(kind: NoticeKind = KIND) -> None:
    """Declare the kind for the rest of the run, however often it is called."""
    kinds._kinds.setdefault(kind.code, kind)


def leak(site: Site | None, *users: User, **values: object) -> Notice:
    """A notice of a leak in the pump room."""
    given = {
        "kind": KIND.code,
        "severity": Severity.MODERATE,
        "group_key": "leak:1",
        "title": "raised",
        "params": {"place": "pump"},
        "path": "/s/park/leaks/1/",
        **values,
    }
    return Notice(recipients=users, site=site, **given)


@dataclass
class RecordingChannel:
    """A channel that keeps what it was given; it fails, or reaches no one, where a test says so."""

    error: Exception | None = None
    is_reached: bool = True
    sent: list[Outgoing] = field(default_factory=list)

    def reaches(self, user: User) -> bool:
        return self.is_reached

    def send(self, message: Outgoing) -> None:
        if self.error is not None:
            raise self.error
        self.sent.append(message)

    @property
    def titles(self) -> list[str]:
        return [message.title for message in self.sent]
