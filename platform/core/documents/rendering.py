"""Render HTML to PDF with WeasyPrint, which needs the library Pango of the system."""

import logging
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from typing import Any

# WeasyPrint and fontTools log each font and each step.
for _name in ("weasyprint", "fontTools"):
    logging.getLogger(_name).setLevel(logging.ERROR)


class RendererMissing(RuntimeError):  # noqa: N818 - a condition of the machine
    """The machine lacks a library that documents need."""


def render_pdf(html: str) -> bytes:
    """Render a page of HTML as PDF, with the fonts embedded that it uses.

    Nothing outside the HTML is loaded: no file and no address.

    Raises:
        RendererMissing: Pango is not installed.
    """
    return render_pdfs([html])


def render_pdfs(htmls: Sequence[str]) -> bytes:
    """Render pages of HTML, one at least, as one PDF; each begins on a page of its own.

    Raises:
        RendererMissing: Pango is not installed.
    """
    weasyprint = _weasyprint()
    nowhere = weasyprint.URLFetcher(allowed_protocols=())
    fonts = weasyprint.text.fonts.FontConfiguration()
    rendered = [
        weasyprint.HTML(string=html, url_fetcher=nowhere).render(font_config=fonts)
        for html in htmls
    ]
    pages = [page for document in rendered for page in document.pages]
    pdf: bytes = rendered[0].copy(pages).write_pdf()
    return pdf


def renderer_problem() -> str:
    """Return the name of what is missing to render documents: ``pango`` or ``font``, or empty."""
    try:
        _weasyprint()
    except RendererMissing:
        return "pango"
    return "" if _has_chinese_font() else "font"


def _weasyprint() -> Any:
    """Import WeasyPrint when it is first needed: that takes a second, and fails without Pango."""
    try:
        import weasyprint
    except OSError as error:
        raise RendererMissing(str(error)) from error
    return weasyprint


@cache
def _has_chinese_font() -> bool:
    """Return whether fontconfig knows a font with Chinese characters; true if it can't be asked."""
    program = shutil.which("fc-list")
    if program is None:
        return True
    command = [program, ":lang=zh-cn", "family"]
    try:
        found = subprocess.run(command, capture_output=True, check=False, timeout=20)  # noqa: S603
    except subprocess.TimeoutExpired:
        return True
    return bool(found.stdout.strip())
