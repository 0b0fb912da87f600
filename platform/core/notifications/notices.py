"""A notice: what a room has persons notified of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.models import Site, User


@dataclass(frozen=True)
class Notice:
    """What persons are notified of.

    Attributes:
        kind: the code of a declared kind.
        severity: a `core.severities.Severity`.
        group_key: what it belongs to, such as ``incident:12``: notices of one group to one person
            within a window become one notification; empty: always one of its own.
        recipients: those without the kind's permission at the site are left out.
        site: None for the installation's own.
        title, text: codes of texts that the kind declares; the text may be missing.
        params: plain JSON values for the texts.
        path: the page that it is about, such as ``/s/park/incidents/12/``.
        subject: what of the group it is about; a further notice of the same one is not counted.
            Empty: the group is about one thing.
        urgent: whether it ignores quiet hours, and the window of a notification that was read.
        reminded: when a person, by key, was last notified of the same; such a reminder is sent
            unless a message of the group went to the person since.
        channels: exactly these instead of the person's choice, beside the bell.
    """

    kind: str
    severity: str
    group_key: str
    recipients: Sequence[User]
    site: Site | None
    title: str
    text: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    path: str = ""
    subject: str = ""
    urgent: bool = False
    reminded: Mapping[int, datetime] = field(default_factory=dict)
    channels: frozenset[str] | None = None
