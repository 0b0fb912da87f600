"""The format and the sender of endpoints that are signed webhooks."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from django.utils.translation import gettext as _

from core import clock
from core.errors import Rejection
from core.guarded_http import GuardedHttp, GuardError, HttpAnswer, guarded
from core.sealed_secrets import UnreadableSecretError
from incidents.feeds import credentials
from incidents.feeds.formats import JSON, DeliveryContext, dump, thin_payload
from incidents.feeds.ports import EXCERPT, Answer, Outcome, outcome_of
from incidents.models import Delivery, FeedEndpoint
from integrations.webhooks import signing

#: The specification's advice on the size of a payload.
MOST_BYTES = 20_000
# A receiver that asks for a longer pause is asked again after this.
_LONGEST_PAUSE = timedelta(hours=1)


class WebhookFormat:
    """The body of a webhook: ``type``, ``timestamp`` and ``data``."""

    def build(self, context: DeliveryContext) -> tuple[str, bytes]:
        """Return the body.

        Raises:
            Rejection: it would be larger than receivers accept.
        """
        body = dump(
            {
                "type": f"incident.{context.type}",
                "timestamp": context.message.created_at.astimezone(UTC).isoformat(),
                "data": thin_payload(context),
            }
        )
        if len(body) >= MOST_BYTES:
            raise Rejection(
                "incident", "too_large", _("the message is too large"), _("shorten its place")
            )
        return JSON, body


class WebhookSender:
    """Posts a delivery's body, signed anew at each attempt."""

    def send(self, endpoint: FeedEndpoint, delivery: Delivery) -> Answer:
        """Make one attempt."""
        body = bytes(delivery.body)
        try:
            headers = signing.headers(
                credentials.signing_secrets(endpoint),
                [credentials.private_key_of(key) for key in credentials.signing_keys(endpoint)],
                delivery.message.public_id,
                int(clock.now().timestamp()),
                body,
            )
            headers["Content-Type"] = delivery.media_type
            answer = http_of(endpoint).request("POST", endpoint.url, body=body, headers=headers)
        except (UnreadableSecretError, ValueError) as error:
            return Answer(Outcome.HOLD, error=f"{type(error).__name__}: {error}")
        except GuardError as error:
            return Answer(Outcome.HOLD, error=f"{error.code}: {error}")
        return answer_of(answer)


def http_of(endpoint: FeedEndpoint) -> GuardedHttp:
    """Return the client of an endpoint, with its networks and certificates.

    Raises:
        UnreadableSecretError: its client certificate was encrypted with another master key.
        ValueError: a network or a certificate is malformed.
    """
    return guarded(
        credentials.networks_of(endpoint),
        ca_pem=endpoint.ca_pem,
        client_certificate=credentials.certificate_of(endpoint),
    )


def answer_of(answer: HttpAnswer) -> Answer:
    """Return what an answer of HTTP means for the queue."""
    outcome = outcome_of(answer.status)
    return Answer(
        outcome,
        answer.status,
        "" if outcome == Outcome.DELIVERED else f"HTTP {answer.status}",
        answer.body.decode("utf-8", "replace").replace("\x00", "")[:EXCERPT],
        retry_after(answer.headers.get("retry-after", "")),
    )


def retry_after(text: str) -> datetime | None:
    """Return when a receiver wants to be asked again: seconds or a date (RFC 9110)."""
    now = clock.now()
    text = text.strip()
    if text.isascii() and text.isdigit():
        wanted = now + timedelta(seconds=min(int(text[:9]), _LONGEST_PAUSE.total_seconds()))
    else:
        try:
            wanted = parsedate_to_datetime(text)
        except (ValueError, TypeError):
            return None
    if wanted.tzinfo is None:
        wanted = wanted.replace(tzinfo=UTC)
    return min(wanted, now + _LONGEST_PAUSE) if wanted > now else None
