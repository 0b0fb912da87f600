"""Links to the portal's payment page, as text and as QR codes."""

import segno
from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

from parking.models import Stay


def pay_url(stay: Stay) -> str:
    """Return the absolute address of the portal where the stay is paid."""
    return f"{settings.PUBLIC_URL.rstrip('/')}/pay/{stay.public_id}/"


def qr_code(text: str) -> SafeString:
    """Return a QR code of the text as SVG that needs no style attribute."""
    code = segno.make(text, error="m")
    # segno draws the SVG itself: of the text only dark and light squares are left.
    return mark_safe(code.svg_inline(border=2, omitsize=True, dark="#000"))  # noqa: S308
