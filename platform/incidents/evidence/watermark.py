"""Burn a text into a picture, so that a copy shows to whom it was handed out."""

import shutil
import subprocess
from functools import cache
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from core.images import decode_pixels
from incidents.evidence.pictures import LIMITS

# A picture is handed out at this size at most.
_PIXELS = 4_000_000
_QUALITY = 88
_LINES = 14  # the height of a line of text, as a part of the picture's height is 1 / 3 of these
_OPACITY = 110
_SMALLEST_TEXT = 10
_SLANT = 24


def burn_in(image: bytes, text: str) -> bytes:
    """Return a JPEG with the text across it, again and again, and in a bar below.

    Args:
        image: a JPEG; it is decoded in a process of its own.
        text: one line.

    Raises:
        core.images.ImageRejected: it can't be decoded.
    """
    pixels = decode_pixels(image, LIMITS, reduce_above=_PIXELS)
    size = (pixels.width, pixels.height)
    photo = Image.frombytes("RGB", size, pixels.rgb).convert("RGBA")
    marked = Image.alpha_composite(photo, _pattern(size, text))
    _write_bar(marked, text)
    file = BytesIO()
    marked.convert("RGB").save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()


def _pattern(size: tuple[int, int], text: str) -> Image.Image:
    """Return a layer with the text in slanted rows, light with a dark edge."""
    width, height = size
    side = int((width**2 + height**2) ** 0.5) + 1
    layer = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    draw = ImageDraw.Draw(layer)
    font = _font(max(min(width, height) // _SLANT, _SMALLEST_TEXT))
    line = f"{text}      "
    step = max(int(draw.textlength(line, font=font)), 1)
    spacing = max(side // _LINES * 2, 1)
    for row, top in enumerate(range(0, side, spacing)):
        for left in range(-(row % 2) * step // 2, side, step):
            draw.text(
                (left, top),
                line,
                font=font,
                fill=(255, 255, 255, _OPACITY),
                stroke_width=1,
                stroke_fill=(0, 0, 0, _OPACITY),
            )
    turned = layer.rotate(_SLANT, resample=Image.Resampling.BILINEAR)
    left, top = (side - width) // 2, (side - height) // 2
    return turned.crop((left, top, left + width, top + height))


def _write_bar(image: Image.Image, text: str) -> None:
    """Write the text into a dark bar at the foot of the picture, as large as it fits."""
    draw = ImageDraw.Draw(image)
    width, height = image.size
    points = max(min(width // 40, height // 12), _SMALLEST_TEXT)
    font = _font(points)
    draw.rectangle((0, height - 2 * points, width, height), fill=(0, 0, 0, 255))
    draw.text((points // 2, height - int(1.6 * points)), text, font=font, fill=(255, 255, 255, 255))


def _font(points: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    path = _font_path()
    return ImageFont.truetype(path, points) if path else ImageFont.load_default(points)


@cache
def _font_path() -> str:
    """Return the file of a font with Chinese characters; empty where the system has none."""
    program = shutil.which("fc-match")
    if program is None:
        return ""
    command = [program, "--format=%{file}", ":lang=zh-cn"]
    try:
        found = subprocess.run(command, capture_output=True, check=False, timeout=20, text=True)  # noqa: S603
        ImageFont.truetype(found.stdout.strip(), _SMALLEST_TEXT)
    except (subprocess.TimeoutExpired, OSError):
        return ""
    return found.stdout.strip()
