"""Documents are rendered once by what they show, embed their fonts, and load nothing."""

import sys
from datetime import timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader

from core import clock
from core.documents import open_pdf, render_pdf, renderer_problem, request_document, services
from core.documents.services import KEPT, RETRY_AFTER, delete_old_documents
from core.jobs import run_waiting
from core.models import Document
from tests.factories import SiteFactory

pytestmark = pytest.mark.django_db
HTML = "<html lang='zh-hans'><title>收据</title><h1>物业费 487.32</h1></html>"


def fonts_of(pdf: bytes) -> list[dict]:
    """The descriptors of the fonts that the first page uses."""
    fonts = PdfReader(BytesIO(pdf)).pages[0]["/Resources"]["/Font"].values()
    return [each["/DescendantFonts"][0]["/FontDescriptor"] for each in fonts]


def test_a_document_is_rendered_in_a_job_and_then_read_from_the_cache():
    site = SiteFactory()
    first = request_document(site, "receipt", HTML)
    assert first.state == Document.State.QUEUED
    run_waiting()
    again = request_document(site, "receipt", HTML)
    assert (again.pk, again.is_ready, again.html) == (first.pk, True, "")
    assert "物业费 487.32" in PdfReader(open_pdf(again)).pages[0].extract_text()


def test_a_changed_content_is_another_document():
    site = SiteFactory()
    before = request_document(site, "receipt", HTML)
    after = request_document(site, "receipt", HTML.replace("487.32", "487.33"))
    assert before.pk != after.pk


def test_two_sites_share_no_document():
    assert request_document(SiteFactory(), "a", HTML) != request_document(SiteFactory(), "a", HTML)


def test_fonts_are_embedded_and_chinese_characters_are_text():
    pdf = render_pdf(HTML)
    assert all({"/FontFile2", "/FontFile3"} & each.keys() for each in fonts_of(pdf))
    assert PdfReader(BytesIO(pdf)).metadata.title == "收据"


def test_a_document_loads_neither_files_nor_addresses(tmp_path):
    secret = tmp_path / "secret.css"
    secret.write_text("h1::after { content: 'SECRET' }")
    page = f"<link rel='stylesheet' href='file://{secret}'><img src='http://127.0.0.1:9/x.png'>"
    text = PdfReader(BytesIO(render_pdf(page + HTML))).pages[0].extract_text()
    assert "SECRET" not in text


def test_without_pango_the_document_fails_and_is_tried_again_later(monkeypatch, stopped_clock):
    site = SiteFactory()
    with monkeypatch.context() as machine:
        machine.setattr(sys, "meta_path", [_NoPango(), *sys.meta_path])
        machine.delitem(sys.modules, "weasyprint", raising=False)
        document = request_document(site, "receipt", HTML)
        run_waiting()
        assert renderer_problem() == "pango"
    document.refresh_from_db()
    assert document.state == Document.State.FAILED
    assert request_document(site, "receipt", HTML).state == Document.State.FAILED
    stopped_clock(RETRY_AFTER.total_seconds() + 1)
    request_document(site, "receipt", HTML)
    run_waiting()
    assert request_document(site, "receipt", HTML).is_ready


class _NoPango:
    """An importer that fails as WeasyPrint does on a machine without Pango."""

    def find_spec(self, name, path=None, target=None):
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")


def test_a_document_whose_file_is_lost_is_rendered_again():
    site = SiteFactory()
    request_document(site, "receipt", HTML)
    run_waiting()
    open_pdf(Document.objects.get()).unlink()
    assert request_document(site, "receipt", HTML).state == Document.State.QUEUED
    run_waiting()
    assert open_pdf(Document.objects.get()).is_file()


def test_old_documents_are_deleted_with_their_files():
    site = SiteFactory()
    request_document(site, "receipt", HTML)
    run_waiting()
    file = open_pdf(Document.objects.get())
    assert delete_old_documents() == 0
    Document.objects.update(created_at=clock.now() - KEPT - timedelta(hours=1))
    assert delete_old_documents() == 1
    assert not file.exists()


def test_a_second_run_of_the_job_does_no_harm():
    document = request_document(SiteFactory(), "receipt", HTML)
    services.render(document.pk)
    written = open_pdf(Document.objects.get()).stat().st_mtime_ns
    services.render(document.pk)
    assert open_pdf(Document.objects.get()).stat().st_mtime_ns == written
