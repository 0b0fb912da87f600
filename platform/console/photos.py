"""Photos as answers: personal data, of which each look is recorded."""

from django.http import Http404, HttpResponse

from console.pages import SiteRequest
from core import audit, photos


def show_photo(request: SiteRequest, path: str, read: str, subject: audit.Subject) -> HttpResponse:
    """Answer with a JPEG; a browser may keep it, nobody between may.

    Args:
        path: where it is kept (`core.photos`); empty where there is none.
        read: what the audit's entry calls the look, such as ``read photo``.
        subject: of what it is, such as ``("passage", 7)``.

    Raises:
        Http404: there is none, or its time of keeping is over.
    """
    try:
        image = photos.load(path)
    except FileNotFoundError as error:
        raise Http404(str(error)) from error
    audit.record_read(request.site, request.user, read, subject)
    headers = {"Cache-Control": "private, max-age=3600, immutable"}
    return HttpResponse(image, content_type="image/jpeg", headers=headers)
