"""Request documents, render them in a job, and delete old ones."""

import logging
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.db import transaction

from core import clock, jobs
from core.documents.rendering import RendererMissing, render_pdf
from core.models import Document, Site

logger = logging.getLogger(__name__)
# A document is rendered again on request, so the cache need not hold it for long.
KEPT = timedelta(days=14)
# One that failed is tried again when it is requested after this time.
RETRY_AFTER = timedelta(seconds=20)
FOLDER = "documents"


@transaction.atomic
def request_document(site: Site, name: str, html: str) -> Document:
    """Return the document of that HTML; one that is not in the cache is queued to be rendered.

    Args:
        site: whose document it is.
        name: of the file, without its extension.
        html: the whole page. It must not contain the present time, which would make each request
            another document.
    """
    key = sha256(f"{site.pk}\0{name}\0{html}".encode()).hexdigest()
    document, is_new = Document.objects.get_or_create(
        key=key, defaults={"site": site, "name": name, "html": html, "created_at": clock.now()}
    )
    if is_new:
        _enqueue(document)
    elif _must_be_rendered_again(document):
        document.html, document.state = html, Document.State.QUEUED
        document.tried_at = clock.now()
        document.save(update_fields=["html", "state", "tried_at"])
        _enqueue(document)
    return document


def open_pdf(document: Document) -> Path:
    """Return the file of a document that is ready."""
    return Path(settings.MEDIA_ROOT) / document.file


@jobs.job(queue=jobs.BULK)
def render(document_id: int) -> None:
    """Render a queued document, and store the file."""
    document = Document.objects.filter(pk=document_id, state=Document.State.QUEUED).first()
    if document is None:
        return
    try:
        _store(document, render_pdf(document.html))
    except RendererMissing as error:
        logger.error("document %d: %s", document.pk, error)
        _fail(document)
    except Exception:
        # A page waits for the answer, and the next request for the document tries again.
        logger.exception("document %d could not be rendered", document.pk)
        _fail(document)


@jobs.every(minutes=60)
def delete_old_documents() -> int:
    """Delete the documents that were requested first so long ago; return how many."""
    old = list(Document.objects.filter(created_at__lt=clock.now() - KEPT)[:5000])
    return delete_documents(old)


def delete_documents(documents: list[Document]) -> int:
    """Delete documents with their files; return how many."""
    for document in documents:
        if document.file:
            open_pdf(document).unlink(missing_ok=True)
    return Document.objects.filter(pk__in=[each.pk for each in documents]).delete()[0]


def _must_be_rendered_again(document: Document) -> bool:
    if document.is_ready:  # a restored database may name files that no backup has
        return not open_pdf(document).is_file()
    is_old = (document.tried_at or document.created_at) < clock.now() - RETRY_AFTER
    return document.state == Document.State.FAILED and is_old


def _enqueue(document: Document) -> None:
    jobs.enqueue(render, document.pk, key=f"document {document.pk}")


def _store(document: Document, pdf: bytes) -> None:
    document.file = f"{FOLDER}/{document.key[:2]}/{document.key}.pdf"
    path = open_pdf(document)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".new")
    partial.write_bytes(pdf)
    partial.replace(path)
    _end(document, Document.State.READY)


def _fail(document: Document) -> None:
    _end(document, Document.State.FAILED)


def _end(document: Document, state: str) -> None:
    document.state, document.html, document.tried_at = state, "", clock.now()
    document.save(update_fields=["state", "html", "file", "tried_at"])
