"""Plates drawn for these tests: plain ones, level or turned, in one row or two."""

from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

import devices.simulator

FONT = Path(devices.simulator.__path__[0]) / "fonts" / "gatehouse-plates.otf"
INK = {"blue": "white", "black": "white", "yellow": "black", "white": "black", "green": "black"}
GROUND = {
    "blue": (18, 62, 158),
    "black": (20, 20, 24),
    "yellow": (240, 176, 24),
    "white": (238, 239, 236),
    "green": (92, 190, 118),
}
GREY = (96, 98, 102)


def plate(text: str, colour: str = "white", height: int = 60) -> Image.Image:
    """One row of text on a plate of that height in pixels."""
    font = ImageFont.truetype(str(FONT), round(height * 0.72))
    width = round(font.getlength(text) + height * 0.5)
    image = Image.new("RGB", (width, height), GROUND[colour])
    middle = (width / 2, height / 2)
    ImageDraw.Draw(image).text(middle, text, font=font, fill=INK[colour], anchor="mm")
    return image


def two_rows(upper: str, lower: str, colour: str = "yellow", height: int = 120) -> Image.Image:
    """A plate as lorries carry it at the rear: the upper row is the smaller one."""
    below = plate(lower, colour, round(height * 0.58))
    above = plate(upper, colour, round(height * 0.42))
    image = Image.new("RGB", (below.width, above.height + below.height), GROUND[colour])
    image.paste(above, ((below.width - above.width) // 2, 0))
    image.paste(below, (0, above.height))
    return image


def scene(
    *pasted: tuple[Image.Image, tuple[int, int]],
    size: tuple[int, int] = (800, 500),
    turned: float = 0,
) -> Image.Image:
    """Grey surroundings with images pasted at their top left corners, then turned (degrees)."""
    image = Image.new("RGB", size, GREY)
    for piece, corner in pasted:
        image.paste(piece, corner)
    return image.rotate(turned, resample=Image.Resampling.BICUBIC, fillcolor=GREY)


def jpeg(image: Image.Image, **options: object) -> bytes:
    """The image as a camera would send it."""
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=90, **options)
    return buffer.getvalue()


def photo(text: str, colour: str = "white", height: int = 60, turned: float = 0) -> bytes:
    """A scene with one plate in its middle."""
    piece = plate(text, colour, height)
    corner = ((800 - piece.width) // 2, (500 - piece.height) // 2)
    return jpeg(scene((piece, corner), turned=turned))
