"""Add, change and approve feeds; a change of where or why messages go needs a new approval."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, clock, live, outbox, revisions
from core.errors import Rejection
from core.guarded_http import (
    ClientCertificate,
    NotAllowedError,
    guarded,
    require_authorities,
    require_certificate,
)
from core.models import Site, User
from core.network_rules import may_be_allowed, parse_networks
from core.validation import listed
from incidents import kinds, topics
from incidents.feeds import credentials, probing
from incidents.feeds.credentials import Credentials
from incidents.feeds.delivery_topic import receiver_of
from incidents.feeds.notices import notify_approvers
from incidents.models import FeedEndpoint

SUBJECT = "feed"
#: The longest time until an endpoint has to be approved again.
MAX_VALIDITY = timedelta(days=2 * 365)
_FETCHED = (FeedEndpoint.Kind.LIAISON, FeedEndpoint.Kind.CAP)
# The others belong to the kind of endpoint, and may be secrets.
_SHOWN_OPTIONS = ("language",)
# A change of these needs another person's approval.
_APPROVED = ("kind", "url", "event_types", "min_severity", "exercise", "legal_basis", "valid_until")


@dataclass(frozen=True)
class EndpointValues:
    """What a person enters about an endpoint; the fields are those of `FeedEndpoint`."""

    name: str
    kind: str
    url: str
    legal_basis: str
    valid_until: datetime
    event_types: Sequence[str] = ()
    min_severity: str = "minor"
    exercise: bool = False
    ca_pem: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic
def add_endpoint(
    site: Site, actor: User, values: EndpointValues
) -> tuple[FeedEndpoint, Credentials]:
    """Add an endpoint, and return it with its secrets; nothing is sent before its approval.

    Raises:
        Rejection: a value is malformed, or the name is taken.
    """
    endpoint = FeedEndpoint(site=site, created_by=actor)
    _put(endpoint, values)
    created = credentials.renew(endpoint)
    endpoint.save()
    _record(endpoint, actor, "add feed", basis=endpoint.legal_basis, url=endpoint.url)
    notify_approvers(endpoint, actor, "added")
    return endpoint, created


@transaction.atomic
def change_endpoint(
    endpoint: FeedEndpoint, actor: User, values: EndpointValues, revision: str = ""
) -> FeedEndpoint:
    """Change an endpoint; its queue waits until another person has approved the change.

    Args:
        revision: the token of the values that the form showed (`core.revisions`).

    Raises:
        Rejection: a value is malformed, the name is taken, or it was changed meanwhile.
    """
    endpoint = _locked(endpoint)
    before = shown_values(endpoint)
    revisions.require_revision(revision, before, endpoint.site, (SUBJECT, endpoint.pk))
    _put(endpoint, values)
    changed = revisions.changed_values(before, shown_values(endpoint))
    needs_approval = any(name in changed for name in _APPROVED)
    if needs_approval:
        endpoint.created_by, endpoint.approved_by, endpoint.approved_at = actor, None, None
        outbox.pause(receiver_of(endpoint))
    if "name" in changed:
        endpoint.renamed_at = clock.now()
    endpoint.save()
    _record(endpoint, actor, "change feed", **changed)
    if needs_approval:
        notify_approvers(endpoint, actor, "changed")
    return endpoint


@transaction.atomic
def approve_endpoint(endpoint: FeedEndpoint, actor: User) -> FeedEndpoint:
    """Approve an endpoint, or its change: messages may leave from now on.

    Raises:
        Rejection: the actor entered it, it is approved already, or it has expired.
    """
    endpoint = _locked(endpoint)
    if endpoint.approved_by_id is not None:
        raise Rejection(
            "endpoint", "already_approved", _("it is already approved"), _("no action is needed")
        )
    if endpoint.created_by_id == actor.pk:
        raise Rejection(
            "actor",
            "own_endpoint",
            _("you entered this feed"),
            _("ask another person to approve it"),
        )
    if endpoint.valid_until <= clock.now():
        raise Rejection("endpoint", "expired", _("it has expired"), _("change its end first"))
    endpoint.approved_by, endpoint.approved_at = actor, clock.now()
    # The time that it waited for this approval is not one in which the receiver failed.
    endpoint.first_failure_at = None
    if endpoint.state != FeedEndpoint.State.PAUSED:
        probing.restart(endpoint)
        outbox.resume(receiver_of(endpoint))
    endpoint.save(update_fields=["approved_by", "approved_at", "first_failure_at", "state"])
    _record(endpoint, actor, "approve feed", basis=endpoint.legal_basis, url=endpoint.url)
    return endpoint


@transaction.atomic
def renew_credentials(endpoint: FeedEndpoint, actor: User) -> Credentials:
    """Replace secret and token; the replaced ones stay valid for a week."""
    endpoint = _locked(endpoint)
    renewed = credentials.renew(endpoint)
    endpoint.save()
    _record(endpoint, actor, "renew feed secrets")
    return renewed


@transaction.atomic
def allow_networks(endpoint: FeedEndpoint, actor: User, networks: Sequence[str]) -> None:
    """Set the networks, beside the public ones, that an endpoint may be in.

    Raises:
        Rejection: the actor is no administrator, or a network is malformed or never allowed.
    """
    if not actor.is_superuser:
        raise Rejection(
            "networks",
            "not_permitted",
            _("only an administrator may allow networks"),
            _("ask an administrator"),
        )
    try:
        parsed = parse_networks(networks)
    except ValueError as error:
        raise Rejection(
            "networks",
            "malformed",
            _("this is not a network: %(error)s") % {"error": error},
            _("enter it as 10.40.0.0/16, one a line"),
        ) from error
    if not all(may_be_allowed(each) for each in parsed):
        raise Rejection(
            "networks",
            "never_allowed",
            _("link-local, multicast and metadata addresses are never allowed"),
            _("enter the network that the endpoint is in"),
        )
    endpoint = _locked(endpoint)
    before, endpoint.allowed_networks = endpoint.allowed_networks, [str(each) for each in parsed]
    endpoint.save(update_fields=["allowed_networks"])
    change = [before, endpoint.allowed_networks]
    _record(endpoint, actor, "allow networks of feed", allowed_networks=change)


@transaction.atomic
def set_certificate(endpoint: FeedEndpoint, actor: User, certificate: str, key: str) -> None:
    """Set the client certificate for mutual TLS, or remove it where both are empty.

    Raises:
        Rejection: a part is malformed, or the key is not the certificate's.
    """
    pair = ClientCertificate(certificate, key) if certificate or key else None
    if pair is not None:
        try:
            require_certificate(pair)
        except ValueError as error:
            raise Rejection(
                "certificate",
                "malformed",
                _("certificate and key can't be used: %(error)s") % {"error": error},
                _("enter both as PEM, the key without a passphrase"),
            ) from error
    endpoint = _locked(endpoint)
    credentials.store_certificate(endpoint, pair)
    endpoint.save(update_fields=["client_certificate"])
    _record(endpoint, actor, "change certificate of feed", present=pair is not None)


def shown_values(endpoint: FeedEndpoint) -> dict[str, Any]:
    """Return what a form shows of an endpoint, as plain JSON."""
    names = EndpointValues.__dataclass_fields__
    found = {name: getattr(endpoint, name) for name in names}
    options = {name: endpoint.options[name] for name in _SHOWN_OPTIONS if name in endpoint.options}
    # In one zone: a form enters the same instant on the site's clock.
    until = endpoint.valid_until.astimezone(UTC).isoformat()
    return {**found, "valid_until": until, "options": options}


def _put(endpoint: FeedEndpoint, values: EndpointValues) -> None:
    _validate(endpoint, values)
    kept = endpoint.options
    for name, value in asdict(values).items():
        setattr(endpoint, name, list(value) if name == "event_types" else value)
    endpoint.options = {**kept, **values.options}
    endpoint.name, endpoint.url = values.name.strip(), values.url.strip()
    endpoint.legal_basis = values.legal_basis.strip()


def _validate(endpoint: FeedEndpoint, values: EndpointValues) -> None:
    for name in ("name", "legal_basis"):
        if not getattr(values, name).strip():
            raise Rejection(name, "missing", _("this field is required"), _("enter it"))
    same = FeedEndpoint.objects.filter(site=endpoint.site, name=values.name.strip())
    if same.exclude(pk=endpoint.pk).exists():
        raise Rejection("name", "taken", _("another feed has this name"), _("choose another name"))
    now = clock.now()
    if not now < values.valid_until <= now + MAX_VALIDITY:
        raise Rejection(
            "valid_until",
            "out_of_range",
            _("the end is not between now and in two years"),
            _("choose another day; it can be extended later"),
        )
    _validate_kinds(endpoint, values)
    _validate_address(values)
    if values.ca_pem.strip():
        _validate_authorities(values.ca_pem)


def _validate_kinds(endpoint: FeedEndpoint, values: EndpointValues) -> None:
    """Validate the kind of feed, whose format the queue has, and the kinds of incidents."""
    if endpoint.last_seq and endpoint.kind != values.kind:
        raise Rejection(
            "kind",
            "has_deliveries",
            _("messages were written for this kind of feed"),
            _("add another feed, and pause this one"),
        )
    unknown = [code for code in values.event_types if not kinds.get(code).dispatchable]
    if unknown:
        raise Rejection(
            "event_types",
            "not_dispatchable",
            _("some of these kinds are not sent to authorities"),
            _("leave out: %(kinds)s")
            % {"kinds": listed(kinds.get(code).label for code in unknown)},
        )


def _validate_address(values: EndpointValues) -> None:
    url = values.url.strip()
    if not url and values.kind in _FETCHED:
        return
    try:
        if values.kind == FeedEndpoint.Kind.EMAIL:
            validate_email(url)
        else:
            guarded().require_address(url)
    except ValidationError:
        raise Rejection(
            "url",
            "invalid_email",
            _("this is not an e-mail address"),
            _("enter it as name@example.com"),
        ) from None
    except NotAllowedError as error:
        raise Rejection(
            "url",
            error.code,
            _("this address can't be used"),
            _("enter it as https://host/path, without a user name"),
        ) from error


def _validate_authorities(pem: str) -> None:
    try:
        require_authorities(pem)
    except ValueError as error:
        raise Rejection(
            "ca_pem",
            "malformed",
            _("this is not a certificate as PEM"),
            _("enter what begins with BEGIN CERTIFICATE"),
        ) from error


def _record(endpoint: FeedEndpoint, actor: User, action: str, **detail: Any) -> None:
    audit.record(endpoint.site, actor, action, (SUBJECT, endpoint.pk), **detail)
    live.announce(topics.FEED, endpoint.site_id, endpoint.pk)


def _locked(endpoint: FeedEndpoint) -> FeedEndpoint:
    rows = FeedEndpoint.objects.select_for_update(of=("self",)).select_related("site")
    return rows.get(pk=endpoint.pk)
