"""Sends notifications: to the peer, or to the reply address of the disposition."""

from core.errors import Rejection
from core.guarded_http import GuardError, HttpAnswer, guarded
from core.sealed_secrets import UnreadableSecretError
from incidents.feeds import credentials
from incidents.feeds.ports import EXCERPT, Answer, Outcome, outcome_of
from incidents.models import Delivery, FeedEndpoint
from integrations.police.viid import client as calls
from integrations.police.viid.client import Client
from integrations.police.viid.messages import disposition_of
from integrations.police.viid.options import options_of

NOTIFICATIONS = "/VIID/DispositionNotifications"


class ViidSender:
    """Posts a notification; HTTP 200 alone is no success, each item's status counts."""

    def send(self, endpoint: FeedEndpoint, delivery: Delivery) -> Answer:
        """Make one attempt."""
        try:
            peer = client_of(endpoint)
            answer = peer.call("POST", _address(delivery), bytes(delivery.body))
        except (UnreadableSecretError, Rejection, ValueError) as error:
            return Answer(Outcome.HOLD, error=f"{type(error).__name__}: {error}")
        except GuardError as error:
            return Answer(Outcome.HOLD, error=f"{error.code}: {error}")
        return answer_of(answer)


def client_of(endpoint: FeedEndpoint) -> Client:
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
    )
    return Client(http, endpoint.url, options_of(endpoint))


def answer_of(answer: HttpAnswer) -> Answer:
    """Return what an answer means for the queue.

    A 401 holds the queue: the peer has lost our registration, or its password has changed. A
    refused item parks the message; an answer without a status is tried again.
    """
    excerpt = answer.body.decode("utf-8", "replace").replace("\x00", "")[:EXCERPT]
    outcome = outcome_of(answer.status)
    if answer.status in (401, 403):
        return Answer(Outcome.HOLD, answer.status, "not registered", excerpt)
    if outcome != Outcome.DELIVERED:
        return Answer(outcome, answer.status, f"HTTP {answer.status}", excerpt)
    found = calls.statuses(answer.body)
    if found is None:
        return Answer(Outcome.HOLD, answer.status, "no status in the answer", excerpt)
    refused = [str(each["StatusCode"]) for each in found if not calls.is_ok(each)]
    if refused:
        text = "StatusCode " + ", ".join(refused)
        return Answer(Outcome.REJECTED, answer.status, text, excerpt)
    return Answer(Outcome.DELIVERED, answer.status, "", excerpt)


def _address(delivery: Delivery) -> str:
    """Return where it goes: an authority may name another address, which passes the same guard."""
    disposition = disposition_of(delivery.message)
    return (disposition.reply_address if disposition else "") or NOTIFICATIONS
