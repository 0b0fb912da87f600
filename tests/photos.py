"""Photos as small as a test needs them."""

from io import BytesIO

from PIL import Image


def jpeg(width: int = 32, height: int = 18) -> bytes:
    """Return a very small photo."""
    file = BytesIO()
    Image.new("RGB", (width, height), "#345").save(file, "JPEG")
    return file.getvalue()
