"""PDF documents: rendered from HTML in a job, and cached by what they show."""

from core.documents.rendering import (
    RendererMissing,
    render_pdf,
    render_pdfs,
    renderer_problem,
)
from core.documents.services import open_pdf, request_document

__all__ = [
    "RendererMissing",
    "open_pdf",
    "render_pdf",
    "render_pdfs",
    "renderer_problem",
    "request_document",
]
