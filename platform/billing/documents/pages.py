"""What all documents share: the page, the issuer, and the QR code that leads to verification."""

from typing import Any

import segno
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from core.clock import zone
from core.documents import request_document
from core.models import Document, Site


def document_of(site: Site, name: str, template: str, context: dict[str, Any]) -> Document:
    """Return the document of a template below ``billing/documents``, rendered or queued.

    Args:
        name: of the file; the language is added.
    """
    html = html_of(site, template, context)
    return request_document(site, f"{name}-{get_language() or 'en'}", html)


def html_of(site: Site, template: str, context: dict[str, Any]) -> str:
    """Return the page of a template below ``billing/documents``, in the site's time zone."""
    language = get_language() or "en"
    common = {"site": site, "issuer": site.organisation, "language": language}
    with timezone.override(zone(site.timezone)):
        return render_to_string(f"billing/documents/{template}", {**common, **context})


def qr_svg(text: str) -> SafeString:
    """Return a QR code of the text as SVG."""
    # segno draws the SVG itself: of the text only dark and light squares are left.
    return mark_safe(segno.make(text, error="m").svg_inline(border=0, omitsize=True))  # noqa: S308
