"""The format and the sender of endpoints that receive CAP."""

import hashlib

from django.utils.translation import gettext as _

from core import photos
from core.errors import Rejection
from core.guarded_http import GuardError
from core.sealed_secrets import UnreadableSecretError
from incidents.evidence import releasing
from incidents.feeds import site_keys
from incidents.feeds.formats import DeliveryContext
from incidents.feeds.ports import Answer, Outcome
from incidents.models import Delivery, Evidence, FeedEndpoint, Incident
from integrations.police.cap.alerts import Issue, alert_of
from integrations.police.cap.document import MEDIA_TYPE, Reference, Resource, build
from integrations.police.cap.parsing import parse
from integrations.police.cap.rules import InvalidAlert, problems, text
from integrations.police.cap.signature import sign
from integrations.police.cap.times import cap_time
from integrations.webhooks.adapter import answer_of, http_of

_MOST_PICTURES = 10


class CapFormat:
    """A signed alert of CAP 1.2, private to its endpoint."""

    def build(self, context: DeliveryContext) -> tuple[str, bytes]:
        """Return the alert.

        Raises:
            Rejection: the site's signing key can't be read, or the alert would be invalid.
        """
        endpoint = context.endpoint
        issue = Issue(
            message=context.message,
            site=endpoint.site,
            type=context.type,
            feed=endpoint.public_id,
            seq=context.seq,
            earlier=_references(context),
            resources=_resources(context.message.incident, context.links.get("evidence", "")),
            web=context.links.get("evidence", ""),
        )
        try:
            return MEDIA_TYPE, issue_alert(issue)
        except site_keys.UnreadableKeyError as error:
            raise Rejection(
                "endpoint",
                "signing_key",
                _("the site's signing key can't be read with this master key"),
                _("replace the key"),
            ) from error
        except InvalidAlert as error:
            raise Rejection(
                "incident",
                "invalid_alert",
                _("the alert would break the rules of CAP: %(problems)s")
                % {"problems": str(error)},
                _("correct the place of the incident"),
            ) from error


class CapSender:
    """Posts alerts to the receiver's address."""

    def send(self, endpoint: FeedEndpoint, delivery: Delivery) -> Answer:
        """Make one attempt."""
        headers = {"Content-Type": delivery.media_type}
        try:
            http = http_of(endpoint)
            answer = http.request("POST", endpoint.url, body=bytes(delivery.body), headers=headers)
        except (UnreadableSecretError, ValueError) as error:
            return Answer(Outcome.HOLD, error=f"{type(error).__name__}: {error}")
        except GuardError as error:
            return Answer(Outcome.HOLD, error=f"{error.code}: {error}")
        return answer_of(answer)


def issue_alert(issue: Issue) -> bytes:
    """Return a signed alert.

    Raises:
        UnreadableKeyError: the site's key was encrypted with another master key.
        InvalidAlert: it breaks a rule.
    """
    root = build(alert_of(issue))
    found = problems(root)
    if found:
        raise InvalidAlert(found)
    key = site_keys.signing_key(issue.site)
    return sign(root, key.private_key, key.certificate)


def reference_of(body: bytes) -> Reference:
    """Return what identifies an issued alert, as it was issued.

    Raises:
        InvalidDocument: the bytes are no XML.
    """
    root = parse(body)
    return Reference(text(root, "sender"), text(root, "identifier"), text(root, "sent"))


def _references(context: DeliveryContext) -> tuple[Reference, ...]:
    sent = Delivery.objects.filter(endpoint=context.endpoint, message__in=context.earlier)
    bodies = sent.order_by("seq").values_list("body", flat=True)
    return tuple(reference_of(bytes(body)) for body in bodies if body)


def _resources(incident: Incident | None, address: str) -> tuple[Resource, ...]:
    """Return the digests of the newest pictures; the pictures themselves never leave in an alert.

    The digests are those of the original files, which the sealed file of the incident contains.
    """
    if incident is None:
        return ()
    rows = releasing.released(incident).exclude(image="").order_by("-taken_at", "-pk")
    found = [_resource(each, address) for each in rows[:_MOST_PICTURES]]
    return tuple(each for each in found if each is not None)


def _resource(piece: Evidence, address: str) -> Resource | None:
    try:
        image = photos.load(piece.image)
    except OSError:
        return None
    # CAP prescribes SHA-1 for this element; the SHA-256 beside it is what proves the file.
    sha1 = hashlib.sha1(image, usedforsecurity=False).hexdigest()
    title = f"{piece.kind} {cap_time(piece.taken_at)}"
    return Resource(title, "image/jpeg", len(image), sha1, piece.sha256, address)
