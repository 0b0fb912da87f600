"""Secrets of endpoints: the signing secret, the token of the receiver, the client certificate."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from datetime import timedelta

from core import clock, sealed_secrets
from core.guarded_http import ClientCertificate
from core.network_rules import Network, parse_networks
from incidents.models import FeedEndpoint

# How long the replaced secret and token stay valid.
OVERLAP = timedelta(days=7)
SECRET_MARK = "whsec_"  # noqa: S105 - what a secret begins with (Standard Webhooks)
_SECRET_BYTES = 32
_TOKEN_BYTES = 32


@dataclass(frozen=True)
class Credentials:
    """What is shown once to the person who hands it to the receiver."""

    secret: str = field(repr=False)
    token: str = field(repr=False)


def renew(endpoint: FeedEndpoint) -> Credentials:
    """Replace secret and token in memory; the replaced ones stay valid for `OVERLAP`."""
    secret = SECRET_MARK + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    endpoint.previous_secret, endpoint.secret = endpoint.secret, _seal(endpoint, secret)
    endpoint.previous_token_digest, endpoint.token_digest = endpoint.token_digest, digest(token)
    endpoint.previous_secret_until = clock.now() + OVERLAP if endpoint.previous_secret else None
    return Credentials(secret, token)


def signing_secrets(endpoint: FeedEndpoint) -> list[str]:
    """Return the secrets that a message is signed with: the present one, then a replaced one.

    Raises:
        UnreadableSecretError: it was encrypted with another master key.
    """
    found = [_unseal(endpoint, endpoint.secret)]
    until = endpoint.previous_secret_until
    if endpoint.previous_secret and until and until > clock.now():
        found.append(_unseal(endpoint, endpoint.previous_secret))
    return [secret for secret in found if secret]


def endpoint_of(token: str) -> FeedEndpoint | None:
    """Return the approved endpoint whose receiver presents a token; a paused one also."""
    if not token:
        return None
    wanted, now = digest(token), clock.now()
    approved = FeedEndpoint.objects.select_related("site").filter(valid_until__gt=now)
    approved = approved.exclude(approved_by=None)
    found = approved.filter(token_digest=wanted).first()
    if found is None:
        previous = {"previous_token_digest": wanted, "previous_secret_until__gt": now}
        found = approved.filter(**previous).first()
    return found


def networks_of(endpoint: FeedEndpoint) -> list[Network]:
    """Return the networks that an administrator allowed for an endpoint."""
    return parse_networks(endpoint.allowed_networks)


def store_certificate(endpoint: FeedEndpoint, pair: ClientCertificate | None) -> None:
    """Set the client certificate in memory, encrypted; None for none."""
    text = json.dumps([pair.certificate_pem, pair.key_pem]) if pair else ""
    endpoint.client_certificate = _seal(endpoint, text)


def certificate_of(endpoint: FeedEndpoint) -> ClientCertificate | None:
    """Return the client certificate for mutual TLS.

    Raises:
        UnreadableSecretError: it was encrypted with another master key.
    """
    text = _unseal(endpoint, endpoint.client_certificate)
    return ClientCertificate(*json.loads(text)) if text else None


def digest(token: str) -> str:
    """Return what is stored of a token: it is random, so that a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def _seal(endpoint: FeedEndpoint, text: str) -> str:
    return sealed_secrets.seal(text, f"feed endpoint:{endpoint.public_id}")


def _unseal(endpoint: FeedEndpoint, sealed: str) -> str:
    return sealed_secrets.unseal(sealed, f"feed endpoint:{endpoint.public_id}")
