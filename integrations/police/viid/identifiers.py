"""Enter what an endpoint of GA/T 1400 needs: identifiers, and the users of both directions."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, live, revisions
from core.errors import Rejection
from core.models import User
from core.sealed_secrets import UnreadableSecretError, unseal
from incidents import topics
from incidents.dispositions import DEFAULT_CATEGORIES
from incidents.feeds.pausing import retry_now
from incidents.models import FeedEndpoint
from integrations.police.viid.options import MOST_DAYS, checked, context_of, store_password

SUBJECT = "feed"
_SHOWN = (
    "device_id",
    "org_code",
    "notification_type",
    "tollgate_id",
    "keepalive_s",
    "user",
    "inbound_user",
    "categories",
    "max_days",
)
#: The passwords, with the users that they belong to.
PASSWORDS = {"password": "user", "inbound_password": "inbound_user"}
_DEFAULTS: dict[str, Any] = {
    "notification_type": "02",
    "keepalive_s": 60,
    "categories": list(DEFAULT_CATEGORIES),
    "max_days": MOST_DAYS,
}


def shown_identifiers(endpoint: FeedEndpoint) -> dict[str, Any]:
    """Return what may be shown of an endpoint's options: everything but passwords."""
    return {name: endpoint.options.get(name) or _DEFAULTS.get(name, "") for name in _SHOWN}


@transaction.atomic
def enter_identifiers(
    endpoint: FeedEndpoint, actor: User, values: Mapping[str, Any], revision: str = ""
) -> FeedEndpoint:
    """Store identifiers, users and passwords; what waited for them is sent now.

    Args:
        values: the fields of `Options`; an empty password keeps the stored one of its user.
        revision: the token of the values that the form showed (`core.revisions`).

    Raises:
        Rejection: a value is malformed, another feed has this inbound user, or it was changed
            meanwhile.
    """
    rows = FeedEndpoint.objects.select_for_update(of=("self",)).select_related("site")
    endpoint = rows.get(pk=endpoint.pk)
    before = shown_identifiers(endpoint)
    revisions.require_revision(revision, before, endpoint.site, (SUBJECT, endpoint.pk))
    options = checked({**values, **_passwords(endpoint, values)})
    _require_free(endpoint, options.inbound_user)
    kept = {name: getattr(options, name) for name in _SHOWN}
    kept["categories"] = list(options.categories)
    endpoint.options = {**endpoint.options, **kept}
    for name in PASSWORDS:
        store_password(endpoint, name, getattr(options, name))
    endpoint.save(update_fields=["options"])
    changed = revisions.changed_values(before, shown_identifiers(endpoint))
    passwords = [name for name in PASSWORDS if values.get(name)]
    detail = {**changed, "passwords": passwords} if passwords else changed
    audit.record(
        endpoint.site, actor, "change identifiers of feed", (SUBJECT, endpoint.pk), **detail
    )
    live.announce(topics.FEED, endpoint.site_id, endpoint.pk)
    retry_now(endpoint)
    return endpoint


def _passwords(endpoint: FeedEndpoint, values: Mapping[str, Any]) -> dict[str, str]:
    """Return the passwords that are entered, else the stored ones of users that remain."""
    found = {}
    for name, user in PASSWORDS.items():
        kept = _stored(endpoint, name) if values.get(user) else ""
        found[name] = str(values.get(name) or "") or kept
    return found


def _stored(endpoint: FeedEndpoint, name: str) -> str:
    """Return a stored password; empty where it can't be read and has to be entered again."""
    try:
        return unseal(str(endpoint.options.get(name) or ""), context_of(endpoint, name))
    except UnreadableSecretError:
        return ""


def _require_free(endpoint: FeedEndpoint, user: str) -> None:
    """Require that an inbound user belongs to one feed: it says whose call it is."""
    same = FeedEndpoint.objects.filter(kind=endpoint.kind, options__inbound_user=user)
    if user and same.exclude(pk=endpoint.pk).exists():
        raise Rejection(
            "inbound_user",
            "taken",
            _("another feed has this user name"),
            _("choose another name"),
        )
