"""What the kinds of rows of an export are called, and their fields."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_KINDS: dict[str, str | Promise] = {
    "person": _("Person"),
    "occupancies": _("Homes"),
    "vehicles": _("Cars"),
    "consents": _("Consents"),
    "portal access": _("Access to the portal"),
    "accounts": _("Accounts"),
    "sessions": _("Sessions"),
    "passkeys": _("Passkeys"),
    "invitations": _("Invitations"),
    "requests": _("Requests"),
    "household rights": _("Rights in the household"),
    "audit entries": _("What was done with the data"),
    "messages": _("Messages"),
    "passages": _("Passages"),
    "stays": _("Stays"),
    "visitor passes": _("Visitor passes"),
    "access lists": _("Allow and block list"),
    "charges": _("Charges"),
    "incidents": _("Incidents"),
    "notes on readings": _("Notes on readings"),
    "rows of lists": _("Rows of imported lists"),
    "rejected messages": _("Rejected messages"),
}

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+[+-]\d\d:\d\d$")


@dataclass(frozen=True)
class ExportSection:
    """One kind of rows of an export.

    Attributes:
        title: what the kind is called.
        fields: the names of the fields, as the file has them.
        rows: the values in the order of the fields.
    """

    title: str | Promise
    fields: list[str]
    rows: list[list[Any]]


def sections_of(data: Mapping[str, Mapping[str, list[Mapping[str, Any]]]]) -> list[ExportSection]:
    """Return the kinds of rows of an export for a page."""
    return [
        ExportSection(
            _KINDS.get(kind, kind),
            [name.replace("__", " ").replace("_", " ") for name in rows[0]],
            [[_readable(value) for value in row.values()] for row in rows],
        )
        for kinds in data.values()
        for kind, rows in kinds.items()
        if rows
    ]


def _readable(value: Any) -> Any:
    """Return a value as people read it: an instant in the site's time, without fractions."""
    if not (isinstance(value, str) and _INSTANT.match(value)):
        return value
    return f"{timezone.localtime(datetime.fromisoformat(value)):%Y-%m-%d %H:%M}"
