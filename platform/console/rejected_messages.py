"""Who may see a rejected message as it was sent; such views are recorded."""

from dataclasses import replace

from access.permissions import AccessPermission
from console.payloads import Readable, readable
from core import audit
from devices import redaction
from devices.models import DeadLetter
from ui.pages import SiteRequest

_PERSONAL = {AccessPermission.VIEW_PASSAGES, AccessPermission.VIEW_PHOTOS}


def sees_all(request: SiteRequest, letter: DeadLetter) -> bool:
    """Return whether the user may see the whole message; record the view if it may be personal."""
    if not redaction.may_be_personal(letter):
        return True
    if not request.site_permissions >= _PERSONAL:
        return False
    subject = ("dead_letter", letter.pk)
    audit.record_read(request.site, request.user, "read rejected message", subject)
    return True


def shown_payload(request: SiteRequest, letter: DeadLetter) -> Readable:
    """Return the message as text, without personal data where the user may not see it."""
    payload = bytes(letter.payload)
    if sees_all(request, letter):
        return readable(payload, letter.size)
    shape = readable(redaction.redact(payload).encode())
    return replace(shape, kept_whole=letter.size == len(payload), is_redacted=True)
