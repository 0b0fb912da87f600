"""Secrets of endpoints: signing secret and key, the receiver's token, the client certificate."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core import clock, sealed_secrets
from core.guarded_http import ClientCertificate
from core.network_rules import Network, parse_networks
from incidents.models import FeedEndpoint

# How long the replaced secret and token stay valid.
OVERLAP = timedelta(days=7)
SECRET_MARK = "whsec_"  # noqa: S105 - what a secret begins with (Standard Webhooks)
# What private and public keys begin with there.
KEY_MARK, PUBLIC_MARK = "whsk_", "whpk_"
_SECRET_BYTES = 32
_TOKEN_BYTES = 32


@dataclass(frozen=True)
class Credentials:
    """What is shown once to the person who hands it to the receiver; the public key stays shown."""

    secret: str = field(repr=False)
    token: str = field(repr=False)
    public_key: str


def renew(endpoint: FeedEndpoint) -> Credentials:
    """Replace secret, key and token in memory; the replaced ones stay valid for `OVERLAP`."""
    secret = SECRET_MARK + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    endpoint.previous_secret, endpoint.secret = endpoint.secret, _seal(endpoint, secret)
    key = Ed25519PrivateKey.generate()
    written = KEY_MARK + base64.b64encode(key.private_bytes_raw()).decode()
    endpoint.previous_signing_key, endpoint.signing_key = (
        endpoint.signing_key,
        _seal(endpoint, written),
    )
    endpoint.previous_token_digest, endpoint.token_digest = endpoint.token_digest, digest(token)
    endpoint.previous_secret_until = clock.now() + OVERLAP if endpoint.previous_secret else None
    return Credentials(secret, token, public_key_of(written))


def signing_secrets(endpoint: FeedEndpoint) -> list[str]:
    """Return the secrets that a message is signed with: the present one, then a replaced one.

    Raises:
        UnreadableSecretError: it was encrypted with another master key.
    """
    return _in_force(endpoint, endpoint.secret, endpoint.previous_secret)


def signing_keys(endpoint: FeedEndpoint) -> list[str]:
    """Return the private keys that a message is signed with: the present one, a replaced one.

    An endpoint whose secret was last replaced before there were keys has none.

    Raises:
        UnreadableSecretError: it was encrypted with another master key.
    """
    return _in_force(endpoint, endpoint.signing_key, endpoint.previous_signing_key)


def public_keys(endpoint: FeedEndpoint) -> list[str]:
    """Return the public keys of `signing_keys`; none where these can't be read."""
    try:
        return [public_key_of(key) for key in signing_keys(endpoint)]
    except sealed_secrets.UnreadableSecretError:
        return []


def private_key_of(key: str) -> Ed25519PrivateKey:
    """Return a written private key for use."""
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(key.removeprefix(KEY_MARK)))


def public_key_of(key: str) -> str:
    """Return the public key of a private one, as receivers enter it."""
    public = private_key_of(key).public_key().public_bytes_raw()
    return PUBLIC_MARK + base64.b64encode(public).decode()


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


def _in_force(endpoint: FeedEndpoint, present: str, previous: str) -> list[str]:
    until = endpoint.previous_secret_until
    is_overlap = until is not None and until > clock.now()
    found = [present, previous] if is_overlap else [present]
    return [_unseal(endpoint, sealed) for sealed in found if sealed]


def _seal(endpoint: FeedEndpoint, text: str) -> str:
    return sealed_secrets.seal(text, f"feed endpoint:{endpoint.public_id}")


def _unseal(endpoint: FeedEndpoint, sealed: str) -> str:
    return sealed_secrets.unseal(sealed, f"feed endpoint:{endpoint.public_id}")
