"""Keyed digests of audit entries, seals and anchors, over one canonical encoding."""

import hashlib
import hmac
import json
from decimal import Decimal
from typing import Any

from core import keys
from core.models import AuditCheckpoint, AuditEntry, AuditSeal

GENESIS = "0" * 64
_STORED_UNCHANGED = frozenset({str, int, bool})


def entry_mac(entry: AuditEntry) -> str:
    """Compute the HMAC over an entry's whole content."""
    content = [
        entry.site_id,
        str(entry.uid),
        entry.at.isoformat(),
        entry.actor,
        entry.action,
        entry.subject_type,
        entry.subject_id,
        entry.detail,
    ]
    return _mac("audit entry", content)


def seal_digest(seal: AuditSeal, entry: AuditEntry) -> str:
    """Compute the digest that chains an entry to the seal before it."""
    if entry.form == AuditEntry.Form.CHAINED:
        return _chained_digest(seal, entry)
    content = [
        seal.site_id,
        seal.seq,
        seal.sealed_at.isoformat(),
        str(entry.uid),
        entry.mac,
        seal.previous,
    ]
    return _mac("audit seal", content)


def checkpoint_mac(checkpoint: AuditCheckpoint) -> str:
    """Compute the HMAC over what a checkpoint states."""
    content = [
        checkpoint.site_id,
        checkpoint.first_seq,
        checkpoint.last_seq,
        checkpoint.previous,
        checkpoint.digest,
        checkpoint.newest_at.isoformat(),
        checkpoint.made_at.isoformat(),
    ]
    return _mac("audit checkpoint", content)


def anchor_signature(content: list[str]) -> str:
    """Sign the fields of an anchor's line."""
    return _mac("audit anchor", content)


def is_same(one: str, other: str) -> bool:
    """Compare two digests in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())


def _chained_digest(seal: AuditSeal, entry: AuditEntry) -> str:
    """Compute the digest by the rule of version 0.1, whose entries were the chain themselves."""
    subject = f"{entry.subject_type}:{entry.subject_id}" if entry.subject_id else entry.subject_type
    content = [
        entry.site_id,
        seal.seq,
        entry.at.isoformat(),
        entry.actor,
        entry.action,
        subject,
        entry.detail,
        seal.previous,
    ]
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hmac.new(keys.derive("audit chain"), text.encode(), hashlib.sha256).hexdigest()


def _mac(purpose: str, content: list[Any]) -> str:
    return hmac.new(keys.derive(purpose), canonical(content).encode(), hashlib.sha256).hexdigest()


def canonical(value: Any) -> str:
    """Encode a JSON value so that it reads the same before and after PostgreSQL stored it.

    jsonb keeps numbers as decimals: it returns 1e20 without its exponent, as an integer, and
    -0.0 as 0.0. Whole numbers are therefore written as integers.
    """
    plain = value if _is_canonical(value) else _whole_numbers(json.loads(json.dumps(value)))
    return json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _is_canonical(value: Any) -> bool:
    """Return whether a value is the same JSON after PostgreSQL stored it, as most details are."""
    kind = type(value)
    if kind is dict:
        return all(type(name) is str and _is_canonical(each) for name, each in value.items())
    if kind is list:
        return all(map(_is_canonical, value))
    return kind in _STORED_UNCHANGED or value is None


def _whole_numbers(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(Decimal(repr(value)))
    if isinstance(value, dict):
        return {key: _whole_numbers(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_whole_numbers(each) for each in value]
    return value
