"""Two people change one thing at once: the second is shown what the first has changed.

A form carries a token of the values that it showed. If the values differ when it is submitted,
the change is rejected with the change that was made meanwhile, and the new token: whoever submits
the form again overwrites that change knowingly.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from django.utils import formats, timezone
from django.utils.translation import gettext as _

from core import audit
from core.errors import Rejection
from core.models import Site

Values = Mapping[str, Any]


def revision_of(values: Values) -> str:
    """Return a token of the values; equal values have equal tokens."""
    text = json.dumps(values, sort_keys=True, default=str)
    return sha256(text.encode()).hexdigest()[:16]


def require_revision(shown: str, values: Values, site: Site | None, subject: audit.Subject) -> None:
    """Validate that a thing still has the values that a form showed; call it with the row locked.

    Args:
        shown: the token of what the form showed; empty where no form was shown.
        values: what the thing has now.
        site: whose thing it is; None for the installation's own.
        subject: the thing in the audit log.

    Raises:
        Rejection: the values have changed; its parameter ``revision`` is the new token.
    """
    current = revision_of(values)
    if not shown or shown == current:
        return
    raise Rejection(
        "revision",
        "changed_meanwhile",
        _latest_change(site, subject),
        _("compare with the current values, then save again to overwrite them"),
        params={"revision": current},
    )


def changed_values(before: Values, after: Values) -> dict[str, list[Any]]:
    """Return the values that differ as ``{name: [before, after]}``, as audit entries store them."""
    return {name: [before[name], value] for name, value in after.items() if before[name] != value}


def _latest_change(site: Site | None, subject: audit.Subject) -> str:
    latest = audit.history(site, subject).exclude(action__startswith="read").last()
    if latest is None:
        return _("someone else has changed this meanwhile")
    at = formats.date_format(timezone.localtime(latest.at), "H:i")
    text = _("it was changed meanwhile by %(who)s at %(time)s: %(values)s")
    return text % {"who": latest.actor, "time": at, "values": _values(latest.detail)}


def _values(detail: Values) -> str:
    pairs = (value for value in detail.values() if isinstance(value, list) and len(value) == 2)
    return "; ".join(f"{before} → {after}" for before, after in pairs) or "…"
