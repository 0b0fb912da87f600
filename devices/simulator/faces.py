"""Draw the face of a plate: ground, characters, band and bolts, from the front."""

import functools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from .plates import BLACK, US_STATES, Plate, groups

PX_PER_MM = 2.0
FONT = Path(__file__).parent / "fonts" / "gatehouse-plates.otf"
EU_BLUE = (16, 52, 140)
Spot = tuple[str, float, float, float]  # glyph, left, width, kind of gap before it: all in mm


def draw_face(item: Plate, *, rear: bool = False) -> np.ndarray:
    """Draw the plate's face as RGB, uint8, `PX_PER_MM` pixels per millimetre.

    `rear` matters where front and rear differ (British plates are yellow behind).
    """
    design = item.design
    size = round(design.width * PX_PER_MM), round(design.height * PX_PER_MM)
    image = Image.new("RGB", size, design.paper)
    if design.name == "uk" and rear:
        image.paste((244, 196, 30), (0, 0, *size))
    pen = ImageDraw.Draw(image)
    _DRESS[design.name.split("-")[0]](image, pen, item)
    _emboss(image, _write(image.size, item), design.ink)
    return np.asarray(image)


def _mm(*values: float) -> tuple[float, ...]:
    return tuple(value * PX_PER_MM for value in values)


@functools.lru_cache(maxsize=16)
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONT), size)


@functools.lru_cache(maxsize=512)
def glyph(text: str, width: int, height: int) -> Image.Image:
    """Return a grey mask of one glyph, stretched to `width` x `height` pixels."""
    font = _font(160)
    left, top, right, bottom = font.getbbox(text)
    mask = Image.new("L", (int(right - left), int(bottom - top)), 0)
    ImageDraw.Draw(mask).text((-left, -top), text, font=font, fill=255)
    narrow = min(1.0, (right - left) / (bottom - top) / 0.33)  # 1 and I stay slim
    drawn = mask.resize((max(1, round(width * narrow)), height), Image.Resampling.LANCZOS)
    cell = Image.new("L", (width, height), 0)
    cell.paste(drawn, ((width - drawn.width) // 2, 0))
    return cell


def label(image: Image.Image, text: str, box: tuple[float, ...], ink: tuple[int, int, int]) -> None:
    """Draw a small word centred in `box` (left, top, right, bottom in mm)."""
    left, top, right, bottom = _mm(*box)
    font = _font(max(8, round((bottom - top) * 1.1)))
    ImageDraw.Draw(image).text(
        ((left + right) / 2, (top + bottom) / 2), text, font=font, fill=ink, anchor="mm"
    )


def _write(size: tuple[int, int], item: Plate) -> Image.Image:
    """Return the mask of the plate's text."""
    mask = Image.new("L", size, 0)
    top = _text_top(item)
    for text, left, width, _ in _spots(item):
        cell = glyph(text, round(width * PX_PER_MM), round(item.design.glyph[1] * PX_PER_MM))
        mask.paste(cell, (round(left * PX_PER_MM), round(top * PX_PER_MM)))
    if item.design.name in ("cn-blue", "cn-yellow"):
        x, y = _mm(134 + 3, 70)
        ImageDraw.Draw(mask).ellipse((x - 9, y - 9, x + 9, y + 9), fill=255)
    return mask


def _text_top(item: Plate) -> float:
    design = item.design
    return {"br": 48.0, "us": 46.0}.get(design.name, (design.height - design.glyph[1]) / 2)


_LAYOUT = {  # first left, gap between glyphs, gap between groups: millimetres
    "cn-blue": (15.5, 12.0, 34.0),
    "cn-yellow": (15.5, 12.0, 34.0),
    "cn-green": (15.5, 9.0, 38.0),
}
_BAND = {"de": 44.0, "nl": 44.0, "uk": 0.0, "br": 0.0, "us": 0.0}
_GAPS = {
    "de": (7.0, 40.0),
    "nl": (8.0, 30.0),
    "uk": (11.0, 34.0),
    "br": (9.0, 0.0),
    "us": (5.5, 16),
}


def _spots(item: Plate) -> Iterator[Spot]:
    """Position each glyph; plates without a fixed first position are centred beside their band."""
    width = item.design.glyph[0]
    parts = groups(item)
    if item.design.name in _LAYOUT:
        left, gap, between = _LAYOUT[item.design.name]
    else:
        gap, between = _GAPS[item.design.name]
        width, left = _fitted(item, parts, gap, between)
    for part in parts:
        for sign in part:
            yield sign, left, width, gap
            left += width + gap
        left += between - gap


def _fitted(item: Plate, parts: tuple[str, ...], gap: float, between: float) -> tuple[int, float]:
    """Return glyph width and first left so that the text is centred in the free part."""
    band = _BAND[item.design.name]
    room = item.design.width - band - 24
    count = sum(len(part) for part in parts)
    gaps = gap * (count - len(parts)) + between * (len(parts) - 1)
    width = min(item.design.glyph[0], int((room - gaps) / count))
    return width, band + 12 + (room - gaps - width * count) / 2


def _emboss(image: Image.Image, mask: Image.Image, ink: tuple[int, int, int]) -> None:
    """Paint the characters with a lit and a shaded rim, like embossed metal."""
    soft = mask.filter(ImageFilter.GaussianBlur(1.2))
    rim = Image.new("L", mask.size, 0)
    rim.paste(soft, (2, 2))
    image.paste((90, 90, 92), mask=rim.point(lambda value: value * 0.35))
    image.paste(ink, mask=mask)


def _chinese(image: Image.Image, pen: ImageDraw.ImageDraw, item: Plate) -> None:
    width, height = image.size
    if item.design.name == "cn-green":
        _fade(image, (226, 240, 230), item.design.paper)
    ink = item.design.ink
    pen.rounded_rectangle((5, 5, width - 6, height - 6), 14, outline=ink, width=4)
    for x in (width * 0.22, width * 0.78):
        for y in (15, height - 16):
            pen.ellipse((x - 11, y - 6, x + 11, y + 6), fill=(120, 122, 128), outline=(70, 72, 78))


def _fade(image: Image.Image, top: tuple[int, ...], bottom: tuple[int, ...]) -> None:
    ramp = np.linspace(0, 1, image.height)[:, None, None] ** 1.2
    rows = np.array(top) * (1 - ramp) + np.array(bottom) * ramp
    image.paste(Image.fromarray(np.broadcast_to(rows, (*image.size[::-1], 3)).astype(np.uint8)))


def _european(image: Image.Image, pen: ImageDraw.ImageDraw, item: Plate) -> None:
    width, height = image.size
    pen.rounded_rectangle((2, 2, width - 3, height - 3), 12, outline=BLACK, width=4)
    pen.rectangle((7, 7, 44 * PX_PER_MM, height - 8), fill=EU_BLUE)
    for turn in range(12):
        x = 22 * PX_PER_MM + 26 * np.cos(turn * np.pi / 6)
        y = 36 * PX_PER_MM + 26 * np.sin(turn * np.pi / 6)
        pen.ellipse((x - 4, y - 4, x + 4, y + 4), fill=(250, 214, 40))
    label(image, {"de": "D", "nl": "NL"}[item.design.name], (4, 70, 42, 100), (244, 244, 244))
    if item.design.name == "de":
        _seals(pen, item)


def _seals(pen: ImageDraw.ImageDraw, item: Plate) -> None:
    """Draw the two round seals in the gap behind the district letters."""
    spots, first = list(_spots(item)), len(groups(item)[0])
    before, after = spots[first - 1], spots[min(first, len(spots) - 1)]
    x = (before[1] + before[2] + after[1]) / 2 * PX_PER_MM
    for y, colour in ((34, (70, 120, 190)), (76, (196, 190, 160))):
        top = y * PX_PER_MM
        pen.ellipse((x - 25, top - 25, x + 25, top + 25), fill=colour, outline=(120, 120, 120))
        pen.ellipse((x - 12, top - 12, x + 12, top + 12), outline=(60, 60, 70), width=3)


def _british(image: Image.Image, pen: ImageDraw.ImageDraw, item: Plate) -> None:
    width, height = image.size
    pen.rounded_rectangle((1, 1, width - 2, height - 2), 16, outline=(170, 170, 170), width=3)
    label(image, "gatehouse motors", (200, 98, 320, 107), (70, 70, 70))


def _brazilian(image: Image.Image, pen: ImageDraw.ImageDraw, item: Plate) -> None:
    width, height = image.size
    pen.rectangle((0, 0, width, 31 * PX_PER_MM), fill=(12, 58, 150))
    label(image, "BRASIL", (130, 5, 270, 27), (244, 244, 244))
    pen.rectangle(_mm(362, 7, 390, 25), fill=(24, 130, 70))
    pen.polygon([*_mm(376, 9), *_mm(387, 16), *_mm(376, 23), *_mm(365, 16)], fill=(240, 200, 30))
    pen.rounded_rectangle((2, 2, width - 3, height - 3), 18, outline=BLACK, width=4)


def _american(image: Image.Image, pen: ImageDraw.ImageDraw, item: Plate) -> None:
    width, height = image.size
    _fade(image, (250, 250, 250), (214, 226, 240))
    pattern = "".join("9" if sign.isdigit() else "A" for sign in item.text)
    label(image, US_STATES.get(pattern, "NEW YORK"), (60, 8, 245, 33), (176, 28, 40))
    pen.rounded_rectangle((2, 2, width - 3, height - 3), 22, outline=(120, 124, 134), width=4)
    for x in (70, 235):
        for y in (12, 140):
            left, top = _mm(x, y)
            pen.ellipse((left - 8, top - 8, left + 8, top + 8), fill=(110, 112, 118))


_DRESS = {
    "cn": _chinese,
    "de": _european,
    "nl": _european,
    "uk": _british,
    "br": _brazilian,
    "us": _american,
}
