"""Settings of the whole installation that administrators enter in the browser, such as mail.

Each subject has one row: plain values, and secrets that are encrypted with a key derived from the
master key. A secret is used where it is needed and never returned to a page. The environment wins:
a room reads its row only where no variable configures the subject.
"""

import base64
import json
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import transaction
from django.db.models import QuerySet

from core import audit, clock, keys, revisions
from core.models import AuditEntry, InstallationSetting, User

logger = logging.getLogger(__name__)
_NONCE_BYTES = 12
# A success is recorded at most so often: the row is not written for each mail.
_RECORD_SUCCESS_EVERY = timedelta(minutes=10)


@dataclass(frozen=True)
class Stored:
    """What is stored of one subject.

    Attributes:
        values: the plain values; empty where none were entered.
        secrets: the secrets by name.
        checked_at: when the service behind it last answered or failed; None before the first time.
        problem: how it failed; empty if it answered.
        is_readable: whether the secrets could be decrypted.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    checked_at: datetime | None = None
    problem: str = ""
    is_readable: bool = True


def load(name: str) -> Stored:
    """Return what is stored of a subject."""
    row = InstallationSetting.objects.filter(name=name).first()
    if row is None:
        return Stored()
    found = _decrypt(row)
    return Stored(row.values, found or {}, row.checked_at, row.problem, found is not None)


def subject_of(name: str) -> audit.Subject:
    """Return a subject's settings as a subject of the audit log."""
    return ("installation", name)


def history(name: str) -> QuerySet[AuditEntry]:
    """Return the changes of a subject's settings, newest first."""
    return audit.history(None, subject_of(name)).order_by("-at", "-pk")


@transaction.atomic
def store(
    name: str,
    actor: User | str,
    values: Mapping[str, Any],
    new_secrets: Mapping[str, str],
    revision: str = "",
) -> None:
    """Replace a subject's values and secrets; what is known of its service is then outdated.

    The audit log gets the values before and after, and the names of the secrets that changed.

    Args:
        name: the subject; what follows a colon, such as whose it is, is no part of the action's
            name in the audit log.
        revision: the token of the values that the form showed; empty without a form.

    Raises:
        Rejection: someone else has changed the values meanwhile.
    """
    row = _locked(name)
    revisions.require_revision(revision, row.values, None, subject_of(name))
    old_secrets = _decrypt(row) or {}
    before = {key: row.values.get(key) for key in values}
    changed = revisions.changed_values(before, values)
    replaced = _names_of_changed(old_secrets, new_secrets)
    row.values, row.sealed = dict(values), _encrypt(name, new_secrets)
    row.changed_at, row.checked_at, row.problem = clock.now(), None, ""
    row.save()
    if changed or replaced:
        detail = {**changed, **({"secrets": replaced} if replaced else {})}
        audit.record(None, actor, f"change {_kind(name)} settings", subject_of(name), **detail)


@transaction.atomic
def store_first(
    name: str, actor: User | str, values: Mapping[str, Any], new_secrets: Mapping[str, str]
) -> None:
    """Store a subject's values and secrets unless it has some: what is generated stays."""
    if not _locked(name).values:
        store(name, actor, values, new_secrets)


@transaction.atomic
def remove(name: str, actor: User | str) -> None:
    """Remove a subject's values and secrets."""
    row = _locked(name)
    changed = {key: [value, None] for key, value in row.values.items()}
    row.delete()
    audit.record(None, actor, f"remove {_kind(name)} settings", subject_of(name), **changed)


@transaction.atomic
def copy(name: str, to: str) -> None:
    """Store a subject's values and secrets under a second name, too."""
    row, copied = _locked(name), _locked(to)
    copied.values, copied.sealed = row.values, _encrypt(to, _decrypt(row) or {})
    copied.changed_at, copied.checked_at = clock.now(), row.checked_at
    copied.save()


def record_check(name: str, problem: str = "") -> None:
    """Record that the service behind a subject answered, or how it failed."""
    now = clock.now()
    row = InstallationSetting.objects.filter(name=name).first()
    is_known = row and row.checked_at and row.problem == problem
    if is_known and row and row.checked_at and now - row.checked_at < _RECORD_SUCCESS_EVERY:
        return
    checked = {"checked_at": now, "problem": problem[:1000]}
    InstallationSetting.objects.update_or_create(name=name, defaults=checked)


def _locked(name: str) -> InstallationSetting:
    InstallationSetting.objects.get_or_create(name=name)
    return InstallationSetting.objects.select_for_update().get(name=name)


def _kind(name: str) -> str:
    return name.partition(":")[0]


def _names_of_changed(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    names = sorted(before.keys() | after.keys())
    return [name for name in names if before.get(name, "") != after.get(name, "")]


def _encrypt(name: str, plain: Mapping[str, str]) -> str:
    if not plain:
        return ""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    sealed = _cipher().encrypt(nonce, json.dumps(dict(plain)).encode(), name.encode())
    return base64.b64encode(nonce + sealed).decode()


def _decrypt(row: InstallationSetting) -> dict[str, str] | None:
    """Return the secrets; None where another master key encrypted them."""
    if not row.sealed:
        return {}
    sealed = base64.b64decode(row.sealed)
    nonce, text = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        found: dict[str, str] = json.loads(_cipher().decrypt(nonce, text, row.name.encode()))
    except InvalidTag:
        logger.warning("the secrets of %s were encrypted with another master key", row.name)
        return None
    return found


def _cipher() -> AESGCM:
    return AESGCM(keys.derive("secrets of the installation"))
