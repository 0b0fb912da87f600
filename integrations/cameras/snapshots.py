"""Fetch a JPEG from a camera by HTTP, through the guard of outgoing requests."""

from collections.abc import Mapping

from core.guarded_http import GuardedHttp, GuardError, HttpAnswer, Limits
from core.network_rules import parse_networks
from incidents.evidence.pictures import MAX_BYTES
from incidents.evidence.ports import SnapshotError, SnapshotTarget
from integrations.cameras.authentication import Credentials, authorization

# A picture is wanted of this moment: a camera that is slower has missed it.
LIMITS = Limits(connect_s=2.0, read_s=4.0, total_s=6.0, answer_bytes=MAX_BYTES)
_JPEG = b"\xff\xd8\xff"
_OK, _UNAUTHORISED = 200, 401


class HttpSnapshots:
    """The client of cameras (`incidents.evidence.ports.SnapshotSource`)."""

    def fetch(self, target: SnapshotTarget) -> bytes:
        """Return the camera's picture as it was sent.

        Raises:
            SnapshotError: no picture came, or what came is none.
        """
        answer = self._request(target, {})
        challenge = answer.headers.get("www-authenticate", "")
        if answer.status == _UNAUTHORISED and challenge and target.username:
            credentials = Credentials(target.username, target.password)
            header = authorization(challenge, credentials, "GET", target.url)
            if header:
                answer = self._request(target, {"Authorization": header})
        return _picture_of(answer)

    def _request(self, target: SnapshotTarget, headers: Mapping[str, str]) -> HttpAnswer:
        # Cameras speak plain http, which the guard allows within the site's networks only.
        client = GuardedHttp(parse_networks(target.networks), limits=LIMITS, plain_http=True)
        try:
            return client.request("GET", target.url, headers=headers)
        except GuardError as error:
            raise SnapshotError(error.code) from error


def _picture_of(answer: HttpAnswer) -> bytes:
    if answer.status == _UNAUTHORISED:
        raise SnapshotError("not_authorised")
    if answer.status != _OK:
        raise SnapshotError("http_error")
    if answer.is_cut:
        raise SnapshotError("too_large")
    if not answer.body.startswith(_JPEG):
        raise SnapshotError("not_a_jpeg")
    return answer.body
