"""Photos as responses: personal data, so each view is audited."""

from django.http import Http404, HttpResponse

from core import audit, photos
from ui.pages import SiteRequest


def photo_response(
    request: SiteRequest, path: str, action: str, subject: audit.Subject
) -> HttpResponse:
    """Return a JPEG that only the browser itself may cache.

    Args:
        path: the photo's path in `core.photos`; empty for none.
        action: the audit entry's action, such as ``read photo``.
        subject: the audit entry's subject, such as ``("passage", 7)``.

    Raises:
        Http404: there is no photo, or its retention has ended.
    """
    try:
        image = photos.load(path)
    except FileNotFoundError as error:
        raise Http404(str(error)) from error
    audit.record_read(request.site, request.user, action, subject)
    headers = {"Cache-Control": "private, max-age=3600, immutable"}
    return HttpResponse(image, content_type="image/jpeg", headers=headers)
