"""Sends notifications: to the peer, or to the reply address of the disposition."""

import hashlib
from dataclasses import replace

from core.errors import Rejection
from core.guarded_http import GuardError, HttpAnswer, Limits, NotAllowedError, guarded
from core.outbox_lanes import release_connection
from core.sealed_secrets import UnreadableSecretError
from incidents.feeds import credentials
from incidents.feeds.ports import Answer, Outcome
from incidents.models import Delivery, FeedEndpoint
from integrations.police.viid import client as calls
from integrations.police.viid.client import Client
from integrations.police.viid.messages import completed, disposition_of
from integrations.police.viid.options import Options, is_missing, options_of
from integrations.police.viid.registration import REFUSED, is_registered, record_loss
from integrations.webhooks.adapter import answer_of as http_answer_of

NOTIFICATIONS = "/VIID/DispositionNotifications"
#: Why a queue is held, as codes of attempts.
IDENTIFIERS_MISSING, NOT_REGISTERED = "identifiers_missing", "not_registered"
_REFUSED = (401, 403)
_LIMITS = Limits()


class ViidSender:
    """Posts a notification; HTTP 200 alone is no success, each item's status counts."""

    def send(self, endpoint: FeedEndpoint, delivery: Delivery) -> Answer:
        """Make one attempt; without identifiers and registration, the queue waits."""
        if is_missing(endpoint):
            return Answer(Outcome.HOLD, error=IDENTIFIERS_MISSING)
        if not is_registered(endpoint):
            return Answer(Outcome.HOLD, error=NOT_REGISTERED)
        address = _address(delivery)
        try:
            peer = client_of(endpoint)
            body = _body(delivery, peer.options)
            release_connection()
            answer = peer.call("POST", address, body)
        except (UnreadableSecretError, Rejection, ValueError) as error:
            return Answer(Outcome.HOLD, error=f"{type(error).__name__}: {error}")
        except GuardError as error:
            # A disposition that names a forbidden address concerns its own hits alone.
            is_final = isinstance(error, NotAllowedError) and not peer.is_own(address)
            outcome = Outcome.REJECTED if is_final else Outcome.HOLD
            return Answer(outcome, error=f"{error.code}: {error}")
        if answer.status in _REFUSED and peer.is_own(address):
            record_loss(endpoint, REFUSED)
        return answer_of(answer)


def client_of(endpoint: FeedEndpoint, limits: Limits = _LIMITS) -> Client:
    """Return the client of an endpoint, with its networks, certificates and credentials.

    Raises:
        UnreadableSecretError: a secret was encrypted with another master key.
        Rejection: its options are malformed.
        ValueError: a network or a certificate is malformed.
    """
    http = guarded(
        credentials.networks_of(endpoint),
        ca_pem=endpoint.ca_pem,
        client_certificate=credentials.certificate_of(endpoint),
        limits=limits,
    )
    return Client(http, endpoint.url, options_of(endpoint))


def answer_of(answer: HttpAnswer) -> Answer:
    """Return what an answer means for the queue.

    A 401 or 403 holds the queue until we are registered again. A refused item parks the message; an
    answer without a status is tried again.
    """
    plain = http_answer_of(answer)
    if answer.status in _REFUSED:
        return replace(plain, outcome=Outcome.HOLD, error=REFUSED)
    if plain.outcome != Outcome.DELIVERED:
        return plain
    found = calls.statuses(answer.body)
    if found is None:
        return replace(plain, outcome=Outcome.HOLD, error="no status in the answer")
    refused = [str(each["StatusCode"]) for each in found if not calls.is_ok(each)]
    if refused:
        return replace(plain, outcome=Outcome.REJECTED, error="StatusCode " + ", ".join(refused))
    return plain


def _address(delivery: Delivery) -> str:
    """Return where it goes: an authority may name another address, which passes the same guard."""
    disposition = disposition_of(delivery.message)
    return (disposition.reply_address if disposition else "") or NOTIFICATIONS


def _body(delivery: Delivery, options: Options) -> bytes:
    """Return what is sent; what was dispatched before the identifiers were entered is completed."""
    stored = bytes(delivery.body)
    body = completed(stored, options)
    if body != stored:
        digest = hashlib.sha256(body).hexdigest()
        Delivery.objects.filter(pk=delivery.pk).update(body=body, sha256=digest)
    return body
