"""The kinds of notices: each room declares its own, with their texts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise

from core.notifications.channels import MAIL, PUSH, SMS
from core.severities import Severity

Label = str | Promise
#: From which severity each channel is used where a person has chosen nothing; None: it is not.
DEFAULTS: Mapping[str, str | None] = {
    MAIL: Severity.MODERATE,
    PUSH: Severity.MINOR,
    SMS: Severity.EXTREME,
}


@dataclass(frozen=True)
class NoticeKind:
    """A kind of notices, for which each person chooses how to be notified.

    Attributes:
        code: unique across all rooms.
        label: what it is called where people choose.
        permission: who may be notified, at the notice's site; None: everyone.
        texts: titles and texts by their codes, with places for parameters such as ``%(place)s``.
        formats: by the name of a parameter, what makes a text of its stored value, such as the
            label of a code; called in the language and the time zone of the reader.
        defaults: the least severity by channel, where a person has chosen nothing.
        always: channels that can't be switched off.
        is_incident: whether it says that an incident waits; a push message then says so.
        further: returns what is said of further notices, in the language of the reader; None:
            that there were some more.
    """

    code: str
    label: Label
    permission: str | None = None
    texts: Mapping[str, Label] = field(default_factory=dict)
    formats: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    defaults: Mapping[str, str | None] = field(default_factory=lambda: DEFAULTS)
    always: frozenset[str] = frozenset()
    is_incident: bool = False
    further: Callable[[int], str] | None = None


_kinds: dict[str, NoticeKind] = {}
#: What the declared kinds are called, by code.
LABELS: dict[str, Label] = {}


def declare(kind: NoticeKind) -> NoticeKind:
    """Declare a kind and return it; called at import.

    Raises:
        ValueError: another kind has the code, or the code is too long.
    """
    if len(kind.code) > 40 or not kind.code.isidentifier():
        raise ValueError(f"{kind.code!r} cannot be the code of a kind of notices")
    if _kinds.setdefault(kind.code, kind) is not kind:
        raise ValueError(f"the kind {kind.code} is declared twice")
    LABELS[kind.code] = kind.label
    return kind


def declared() -> list[NoticeKind]:
    """Return all kinds in the order of their declaration."""
    return list(_kinds.values())


def get(code: str) -> NoticeKind | None:
    """Return the kind of a code; None for one that is no longer declared."""
    return _kinds.get(code)
