"""Anchors: each chain's head, signed and kept outside the database.

A chain whose end was cut off, or that was emptied, is consistent in itself. Only a head noted
elsewhere shows what is missing, so each day's head goes to a file and to the log. Keep copies of
the file on another machine.

A line is ``time chain seq digest signature``, where the chain is ``installation`` or ``site:ID``.
"""

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from core import clock
from core.audit import sealing
from core.audit.checkpoints import covering
from core.audit.digests import anchor_signature, is_same
from core.audit.verification import Problem
from core.models import AuditSeal, Site

log = logging.getLogger(__name__)
INTERVAL = timedelta(days=1)
_FIELDS = 5


@dataclass(frozen=True)
class Anchor:
    """A chain's head at some time."""

    at: datetime
    site_id: int | None
    seq: int
    digest: str

    @property
    def chain(self) -> str:
        """The chain's name in the file."""
        return f"site:{self.site_id}" if self.site_id else "installation"

    def line(self) -> str:
        """Return the signed line."""
        content = [self.at.isoformat(), self.chain, str(self.seq), self.digest]
        return " ".join([*content, anchor_signature(content)])


def write_due() -> list[Anchor]:
    """Append an anchor for each chain that has none of the last 24 hours; return those written."""
    path, now = settings.AUDIT_ANCHORS, clock.now()
    newest = {anchor.site_id: anchor.at for anchor in _genuine(path)}
    due = [
        Anchor(now, seal.site_id, seal.seq, seal.digest)
        for seal in _heads()
        if seal.site_id not in newest or now - newest[seal.site_id] >= INTERVAL
    ]
    if due:
        append(path, due)
    return due


def problems(path: Path) -> Iterator[Problem]:
    """Yield what is wrong with the file's anchors, or with the chains compared with them."""
    for number, line in enumerate(_lines(path), start=1):
        anchor = parse(line)
        if anchor is None:
            yield Problem(f"line {number} of {path}", "it is not a genuine anchor")
        elif text := _difference(anchor):
            yield Problem(f"{anchor.chain}, anchored {anchor.at.isoformat()}", text)


def parse(line: str) -> Anchor | None:
    """Read a line; None unless this installation's master key signed it."""
    *content, signature = line.split(" ")
    if len(content) != _FIELDS - 1 or not is_same(anchor_signature(content), signature):
        return None
    at, chain, seq, digest = content
    site_id = int(chain.removeprefix("site:")) if chain != "installation" else None
    return Anchor(datetime.fromisoformat(at), site_id, int(seq), digest)


def mismatches(path: Path) -> list[Problem]:
    """Compare each chain with its newest anchor only; quick enough for `manage.py doctor`."""
    newest = {anchor.site_id: anchor for anchor in _genuine(path)}
    return [
        Problem(anchor.chain, text) for anchor in newest.values() if (text := _difference(anchor))
    ]


def _heads() -> list[AuditSeal]:
    sites = [None, *Site.objects.values_list("pk", flat=True)]
    return [seal for pk in sites if (seal := sealing.last_seal(pk)) is not None]


def _difference(anchor: Anchor) -> str:
    seal = AuditSeal.objects.filter(site=anchor.site_id, seq=anchor.seq).first()
    if seal is not None:
        return "" if seal.digest == anchor.digest else _another(anchor)
    if (deleted := covering(anchor.site_id, anchor.seq)) is not None:
        ends_here = deleted.last_seq == anchor.seq
        return _another(anchor) if ends_here and deleted.digest != anchor.digest else ""
    last = sealing.last_seal(anchor.site_id)
    if last is None:
        return f"all {anchor.seq} seals are missing"
    return f"seal {anchor.seq} is missing; the chain ends at {last.seq}"


def _another(anchor: Anchor) -> str:
    return f"seal {anchor.seq} is another one now"


def _genuine(path: Path) -> list[Anchor]:
    return [anchor for line in _lines(path) if (anchor := parse(line)) is not None]


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []


def append(path: Path, anchors: list[Anchor]) -> None:
    """Append signed lines to the file and to the log."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.writelines(f"{anchor.line()}\n" for anchor in anchors)
        file.flush()
        os.fsync(file.fileno())
    for anchor in anchors:
        log.info("audit anchor: %s", anchor.line())
