"""Answer a request for a document: the PDF, or a page that waits for it."""

from typing import cast

from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django_htmx.middleware import HtmxDetails

from core.documents import open_pdf
from core.models import Document


def document_response(request: HttpRequest, document: Document) -> HttpResponseBase:
    """Return the PDF of a document that is ready, else a page that asks again until it is.

    The page asks for the address of the request, so the caller checks who may read it each time.
    """
    is_asking = bool(cast(HtmxDetails, request.htmx))  # type: ignore[attr-defined]
    if document.is_ready and not is_asking:
        name = f"{document.name}.pdf"
        response = FileResponse(
            open_pdf(document).open("rb"),
            as_attachment=True,
            filename=name,
            content_type="application/pdf",
        )
        response["Cache-Control"] = "private, no-store"
        return response
    template = "ui/document_state.html" if is_asking else "ui/document.html"
    return render(request, template, {"document": document, "site": document.site})
