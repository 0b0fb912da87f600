"""What an endpoint of GA/T 1400 needs besides its address (`FeedEndpoint.options`)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from core import sealed_secrets
from core.errors import Rejection
from core.validation import listed
from incidents.dispositions import DEFAULT_CATEGORIES
from incidents.models import Disposition, FeedEndpoint
from incidents.services import MAX_WATCH_PERIOD

# The sequence of the standard's identifiers: device 20 digits, organisation 12, type 2.
_DIGITS = {"device_id": 20, "org_code": 12, "notification_type": 2, "tollgate_id": 20}
_REQUIRED = ("device_id", "org_code")
_SHORTEST_S, _LONGEST_S = 10, 600
#: The longest time for which a disposition may ask.
MOST_DAYS = MAX_WATCH_PERIOD.days
# They stand in a header between quotes.
_USER = re.compile(r"[ !#-\[\]-~]{0,80}")


@dataclass(frozen=True)
class Options:
    """The options of one endpoint.

    Attributes:
        device_id: our own, 20 digits, given by the authority.
        org_code: the first 12 digits of our identifiers.
        notification_type: their digits 13 and 14; open implementations disagree, so it is set.
        tollgate_id: of the site's gates, 20 digits.
        keepalive_s: seconds between keep-alives.
        user, password: of the digest authentication at the authority.
        inbound_user, inbound_password: with which the authority calls us; empty: it may not.
        categories: of dispositions that are accepted (`Disposition.Category`).
        max_days: the longest time for which a disposition may ask.
    """

    device_id: str
    org_code: str
    notification_type: str = "02"
    tollgate_id: str = ""
    keepalive_s: int = 60
    user: str = ""
    password: str = field(default="", repr=False)
    inbound_user: str = ""
    inbound_password: str = field(default="", repr=False)
    categories: tuple[str, ...] = DEFAULT_CATEGORIES
    max_days: int = MOST_DAYS


def is_missing(endpoint: FeedEndpoint) -> bool:
    """Return whether identifiers are still to be entered; until then nothing is sent."""
    return not all(endpoint.options.get(name) for name in _REQUIRED)


def identifiers_of(endpoint: FeedEndpoint) -> Options:
    """Return the identifiers of an endpoint, without users and passwords; blank ones if missing.

    Raises:
        Rejection: they are malformed, see `checked`.
    """
    if is_missing(endpoint):
        return Options("", "", "")
    return checked({name: endpoint.options.get(name) for name in _DIGITS})


def options_of(endpoint: FeedEndpoint) -> Options:
    """Return the options of an endpoint.

    Raises:
        Rejection: they are malformed, see `checked`.
        UnreadableSecretError: a password was encrypted with another master key.
    """
    stored = dict(endpoint.options)
    for name in ("password", "inbound_password"):
        stored[name] = sealed_secrets.unseal(stored.get(name, ""), context_of(endpoint, name))
    return checked(stored)


def store_password(endpoint: FeedEndpoint, name: str, password: str) -> None:
    """Set ``password`` or ``inbound_password`` in memory, encrypted."""
    sealed = sealed_secrets.seal(password, context_of(endpoint, name))
    endpoint.options = {**endpoint.options, name: sealed}


def checked(values: Mapping[str, Any]) -> Options:
    """Return options with plain passwords.

    Raises:
        Rejection: an identifier does not have its digits, a number is out of range, a category is
            unknown, or a user has no password.
    """
    texts = {name: str(values.get(name) or "").strip() for name in _DIGITS}
    texts["tollgate_id"] = texts["tollgate_id"] or texts["device_id"]
    texts["notification_type"] = texts["notification_type"] or "02"
    for name, length in _DIGITS.items():
        if not re.fullmatch(rf"[0-9]{{{length}}}", texts[name]):
            raise Rejection(
                name,
                "not_digits",
                _("this must have %(count)s digits") % {"count": length},
                _("enter it as the authority has given it"),
            )
    return Options(
        **texts,
        keepalive_s=_keepalive(values),
        **_accounts(values),
        categories=_categories(values),
        max_days=_max_days(values),
    )


def _keepalive(values: Mapping[str, Any]) -> int:
    keepalive = _number(values, "keepalive_s", 60)
    if not _SHORTEST_S <= keepalive <= _LONGEST_S:
        raise Rejection(
            "keepalive_s",
            "out_of_range",
            _("from %(least)s to %(most)s seconds") % {"least": _SHORTEST_S, "most": _LONGEST_S},
            _("enter another number"),
        )
    return keepalive


def _number(values: Mapping[str, Any], name: str, default: int) -> int:
    """Return a number; the default where it is missing, which 0 is not."""
    value = values.get(name)
    return default if value is None or value == "" else int(value)


def _categories(values: Mapping[str, Any]) -> tuple[str, ...]:
    found = tuple(sorted(values.get("categories") or DEFAULT_CATEGORIES))
    if not set(found) <= set(Disposition.Category.values):
        raise Rejection(
            "categories",
            "not_a_choice",
            _("unknown category"),
            listed(Disposition.Category.labels),
        )
    return found


def _max_days(values: Mapping[str, Any]) -> int:
    days = _number(values, "max_days", MOST_DAYS)
    if not 1 <= days <= MOST_DAYS:
        raise Rejection(
            "max_days",
            "out_of_range",
            _("from 1 to %(most)s days") % {"most": MOST_DAYS},
            _("enter another number"),
        )
    return days


def _accounts(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the users and passwords of both directions."""
    users = {name: str(values.get(name) or "") for name in ("user", "inbound_user")}
    _require_users(users)
    passwords = {name: str(values.get(name) or "") for name in ("password", "inbound_password")}
    for user, password in zip(users, passwords, strict=True):
        if bool(users[user]) != bool(passwords[password]):
            raise Rejection(
                password, "missing", _("user and password belong together"), _("enter both or none")
            )
    return {**users, **passwords}


def _require_users(users: Mapping[str, str]) -> None:
    for name, user in users.items():
        if not _USER.fullmatch(user):
            raise Rejection(
                name,
                "malformed",
                _("this is not a user name"),
                _("up to 80 letters and digits, without quotes and backslashes"),
            )


def context_of(endpoint: FeedEndpoint, name: str) -> str:
    """Return what the stored password of an endpoint is bound to."""
    return f"viid {name}:{endpoint.public_id}"
