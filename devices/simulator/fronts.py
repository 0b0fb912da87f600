"""Paint a car from the front."""

import numpy as np

from .bodies import Body, Canvas, lower_outline, skin
from .cabins import door_mirrors, greenhouse, inner_mirror, wipers
from .light import mirrored
from .paint import Array, Mask, Points, Sheet, blur, both, curve

BLACK = (0.010, 0.010, 0.011)
PLASTIC = (0.035, 0.035, 0.037)


def paint_front(canvas: Canvas, body: Body, variant: int) -> None:
    """Paint the whole front; `variant` picks grille and lamps."""
    wheels(canvas, body)
    _shell(canvas, body)
    greenhouse(canvas, body)
    inner_mirror(canvas, body)
    wipers(canvas, body)
    _bonnet_lines(canvas, body)
    _intake(canvas, body)
    _grille(canvas, body, variant)
    _lamps(canvas, body, variant)
    plate_recess(canvas, body)
    door_mirrors(canvas, body)


def wheels(canvas: Canvas, body: Body) -> None:
    """Paint the tyres and the dark below the car."""
    sheet, half = canvas.sheet, body.half
    under = [(0, 95), (half - 150, 105), (half - 60, body.clear + 60), (0, body.clear + 60)]
    canvas.paint_colour(sheet.shape_of(both(under)), (0.004, 0.004, 0.005))
    inner, outer = half - 255, half - 52
    outline = [
        (inner, 30),
        (inner + 25, 3),
        (outer - 25, 3),
        (outer, 30),
        (outer - 4, 330),
        (inner + 4, 330),
    ]
    tyre = sheet.shape_of(curve(outline), mirror=True)
    canvas.matt(tyre, (0.022, 0.022, 0.023))
    for groove in np.linspace(inner + 40, outer - 40, 4):
        line = sheet.stroke([(groove, 6), (groove, body.clear + 20)], 9, mirror=True)
        canvas.shade(line & tyre, 0.6)
    canvas.shade(
        sheet.shape_of(both([(0, 60), (half, 120), (half, 400), (0, 400)]), soft=40) & tyre, 0.75
    )


def _shell(canvas: Canvas, body: Body) -> None:
    clear, plate, edge, cowl = body.clear, body.plate, body.edge, body.cowl
    lean = [
        (clear, -0.8), (clear + 60, -0.5), (clear + 120, -0.2), (plate - 110, -0.10),
        (plate - 80, 0.30), (plate - 55, 0.04), (plate + 90, 0.0), (edge - 110, 0.10),
        (edge - 60, 0.30), (edge - 15, 0.60), (edge + 30, 0.83), (cowl - 60, 0.90), (cowl, 0.93),
    ]  # fmt: skip
    plan = [(0, 0), (0.3, 0.04), (0.5, 0.12), (0.62, 0.30), (0.72, 0.62), (0.78, 0.86), (1, 0.99)]
    mask = canvas.sheet.shape_of(lower_outline(body))
    skin(canvas, mask, lean, plan, _creases(canvas.sheet, body, mask))
    low = canvas.sheet.shape_of(
        both([(0, 0), (1100, 0), (1100, clear + 70), (0, clear + 50)]), soft=50
    )
    canvas.shade(low & mask, 0.5)


def _creases(sheet: Sheet, body: Body, mask: Mask) -> Array:
    """Return the sideways lean of the two creases of the bonnet."""
    x, y = sheet.at(mask)
    rise = np.clip((y - body.edge + 30) / (body.cowl - body.edge), 0, 1)
    ridge = np.exp(-(((np.abs(x) - 350 - rise * 190) / 60) ** 2))
    fender = np.exp(-(((np.abs(x) - body.half + 165) / 60) ** 2))
    return ((0.30 * ridge - 0.34 * fender) * np.sign(x) * np.clip(rise * 6, 0, 1)).astype(
        np.float32
    )


def seam(canvas: Canvas, points: Points, width: float = 6.0) -> None:
    """Draw a gap between two panels: a dark line with a lit lip below it."""
    line = curve(points, 6, closed=False)
    lip = canvas.sheet.stroke([(x, y - width) for x, y in line], width * 0.8, mirror=True)
    canvas.add(lip * 0.12, canvas.upright)
    canvas.shade(canvas.sheet.stroke(line, width, mirror=True), 0.8)


def _bonnet_lines(canvas: Canvas, body: Body) -> None:
    low, high = body.lamp
    lip, corner = body.edge - 8, (body.half - 120, high + 26)
    seam(canvas, [(0, lip), (330, lip - 2), (520, high + 8), corner])
    seam(
        canvas, [corner, (body.half - 150, body.cowl - 120), (body.glass_half + 10, body.cowl - 12)]
    )
    seam(
        canvas,
        [(body.half - 28, low + 10), (body.half - 16, low - 130), (body.half - 8, low - 300)],
        5,
    )
    if not body.cargo:
        seam(canvas, [(560, low - 40), (720, low - 46), (body.half - 22, low - 20)], 4)


def _grille(canvas: Canvas, body: Body, variant: int) -> None:
    sheet, (low, high) = canvas.sheet, (body.plate + 96, min(body.edge - 26, body.plate + 330))
    wide, middle = (365, 440, 320)[variant % 3], (low + high) / 2
    half = [
        (0, low),
        (wide - 90, low),
        (wide - 16, low + 28),
        (wide, middle),
        (wide - 20, high - 12),
        (wide - 70, high),
        (0, high),
    ]
    outline = both(curve(half, 5, closed=False))
    rim = [(x * 1.04, middle + (y - middle) * 1.17) for x, y in outline]
    mask = sheet.shape_of(outline)
    canvas.shade(sheet.shape_of(rim, soft=14), 0.55)
    canvas.bright(sheet.shape_of(rim), low, high)
    canvas.paint_colour(mask, BLACK)
    _bars(canvas, mask, wide, low, high, variant)
    canvas.shade(
        sheet.shape_of(
            [(-wide, high), (wide, high), (wide, high - 26), (-wide, high - 26)], soft=10
        )
        & mask,
        0.8,
    )
    badge(canvas, middle)


def _bars(canvas: Canvas, mask: Mask, wide: float, low: float, high: float, variant: int) -> None:
    sheet, tone = canvas.sheet, (0.09, 0.09, 0.095)
    if variant % 3 == 1:
        for x in np.arange(-wide, wide, 30):
            for lean in (-60, 60):
                canvas.matt(sheet.stroke([(x, low), (x + lean, high)], 6) & mask, tone)
        return
    for y in np.arange(low + 14, high, 27 if variant % 3 else 38):
        bar = sheet.stroke([(-wide, y), (wide, y)], 11) & mask
        if variant % 3:
            canvas.matt(bar, tone)
        else:
            canvas.bright(bar, y - 6, y + 6, 0.35)


def badge(canvas: Canvas, y: float, size: float = 54) -> None:
    """Paint a round badge with a keystone, which is not a maker's mark."""
    sheet = canvas.sheet
    canvas.bright(sheet.round_of(0, y, size, size), y - size, y + size)
    canvas.matt(sheet.round_of(0, y, size * 0.8, size * 0.8), (0.02, 0.03, 0.06))
    stone = [(-0.42, -0.46), (0.42, -0.46), (0.42, 0.04), (0, 0.5), (-0.42, 0.04)]
    canvas.bright(sheet.shape_of([(a * size, y - b * size) for a, b in stone]), y - size, y + size)


def plate_recess(canvas: Canvas, body: Body, *, rear: bool = False) -> None:
    """Paint the black holder that the plate is screwed on."""
    sheet, y = canvas.sheet, body.plate_height(rear=rear)
    holder = [(0, y - 84), (268, y - 84), (276, y - 70), (276, y + 70), (268, y + 84), (0, y + 84)]
    canvas.shade(sheet.shape_of(both(holder), soft=16), 0.45)
    canvas.matt(sheet.shape_of(both(holder)), (0.016, 0.016, 0.017))


def _intake(canvas: Canvas, body: Body) -> None:
    sheet, (low, high) = canvas.sheet, (body.clear + 48, body.plate - 100)
    half = [(0, low), (430, low), (560, low + 18), (610, high - 15), (560, high), (0, high)]
    mask = sheet.shape_of(both(curve(half, 5, closed=False)))
    canvas.paint_colour(mask, BLACK)
    for y in np.arange(low + 16, high, 28):
        canvas.matt(sheet.stroke([(-590, y), (590, y)], 7) & mask, (0.06, 0.06, 0.063))
    _fog_lamps(canvas, body, low, high)
    lip = [(0, body.clear), (700, body.clear + 12), (690, body.clear + 40), (0, body.clear + 30)]
    canvas.matt(sheet.shape_of(both(lip)), PLASTIC, 0.6)
    if body.shield:
        guard = [
            (0, body.clear + 6),
            (400, body.clear + 6),
            (500, body.clear + 62),
            (0, body.clear + 64),
        ]
        canvas.bright(sheet.shape_of(both(guard)), body.clear - 60, body.clear + 70, 0.45)


def _fog_lamps(canvas: Canvas, body: Body, low: float, high: float) -> None:
    sheet, middle = canvas.sheet, (low + high) / 2 + 24
    pod = [(655, low + 22), (800, low + 56), (832, high + 46), (750, high + 50), (672, high - 6)]
    canvas.matt(sheet.shape_of(curve(pod, 5), mirror=True), PLASTIC, 0.8)
    canvas.bright(sheet.round_of(752, middle, 36, 34, mirror=True), low, high + 30)
    canvas.shade(sheet.round_of(752, middle, 27, 25, mirror=True, soft=4), 0.6)


def _lamp_outline(body: Body, variant: int) -> list[tuple[float, float]]:
    low, high = body.lamp
    outer, inner = body.half - 24, (465, 545, 440)[variant % 3]
    if variant % 3 == 2:
        points = [
            (inner, low + 18),
            (inner + 170, low - 12),
            (outer - 60, low + 10),
            (outer, high - 22),
            (outer - 70, high + 6),
            (inner + 160, high - 18),
            (inner + 15, high - 45),
        ]
    else:
        points = [
            (inner, low + 34),
            (inner + 130, low),
            (outer - 40, low + 22),
            (outer + 2, high - 10),
            (outer - 50, high + 20),
            (inner + 120, high - 4),
            (inner + 5, high - 36),
        ]
    return curve(points, 6)


def _lamps(canvas: Canvas, body: Body, variant: int) -> None:
    sheet, (low, high) = canvas.sheet, body.lamp
    outline = _lamp_outline(body, variant)
    mask = sheet.shape_of(outline, mirror=True)
    canvas.shade(sheet.shape_of(outline, mirror=True, soft=8), 0.85)
    canvas.matt(mask, (0.055, 0.058, 0.064))
    middle, far = (low + high) / 2 + 4, body.half - 165
    for x, r in ((far, (high - low) * 0.36), (far - 135, (high - low) * 0.31)):
        canvas.bright(sheet.round_of(x, middle, r, r, mirror=True) & mask, low, high)
        canvas.matt(
            sheet.round_of(x, middle, r * 0.8, r * 0.8, mirror=True) & mask, (0.03, 0.032, 0.036)
        )
        lens = sheet.round_of(x, middle, r * 0.6, r * 0.6, mirror=True, soft=4) & mask
        canvas.bright(lens, middle - r, middle + r, 0.7)
        canvas.shine(lens, (1.0, 0.95, 0.86), 7.0 if canvas.light.lamps else 0.05)
    _daylight(canvas, mask, outline)
    _cover(canvas, mask, low, high)


def _daylight(canvas: Canvas, mask: Mask, outline: Points) -> None:
    """Paint the strip of white light along the lower edge of a lamp."""
    line = canvas.sheet.stroke(outline[: len(outline) // 2], 17, mirror=True) & mask
    canvas.matt(line * 0.85, (0.75, 0.8, 0.9))
    canvas.shine(line, (0.9, 0.95, 1.0), 0.9)


def _cover(canvas: Canvas, mask: Mask, low: float, high: float) -> None:
    """Paint the clear cover of a lamp: a reflection along its upper edge."""
    x, y = canvas.sheet.at(mask)
    rise = np.clip((y - low) / (high - low), 0, 1.2)
    seen = mirrored(canvas.light, x / 1400, rise * 0.9)
    strength = 0.03 + 0.30 * blur((rise > 0.72).astype(np.float32), 3)
    canvas.add(mask, seen * strength[..., None])
