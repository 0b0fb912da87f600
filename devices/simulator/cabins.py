"""Paint roof, pillars, windows and the interior behind them."""

import numpy as np

from .bodies import Body, Canvas, skin, upper_outline
from .light import mirrored
from .paint import Array, Mask, both, curve, noise

PLASTIC = (0.05, 0.05, 0.053)
ROOF_LEAN = ((0.0, 0.55), (0.8, 0.62), (0.93, 0.85), (1.0, 0.97))  # part of the height, lean


def greenhouse(canvas: Canvas, body: Body, *, driver: bool = True) -> None:
    """Paint roof, pillars, the large pane and the cabin behind it; `driver` seen from the front."""
    sheet, span = canvas.sheet, body.roof - body.cowl
    lean = [(body.cowl + part * span, up) for part, up in ROOF_LEAN]
    plan = [(0, 0), (0.4, 0.1), (0.55, 0.35), (0.75, 0.8), (1, 0.9)]
    skin(canvas, sheet.shape_of(upper_outline(body)), lean, plan)
    glass = sheet.shape_of(upper_outline(body, 44.0))
    canvas.paint_colour(glass, (0.004, 0.004, 0.005))
    _cabin(canvas, body, glass, driver=driver)
    _pane(canvas, body, glass)
    if body.rails:
        _rails(canvas, body)


def _rails(canvas: Canvas, body: Body) -> None:
    half, roof = body.roof_half, body.roof
    rail = [
        (half - 8, roof - 60),
        (half - 22, roof + 4),
        (half - 52, roof + 10),
        (half - 70, roof - 30),
    ]
    canvas.matt(canvas.sheet.shape_of(curve(rail), mirror=True), (0.16, 0.16, 0.17))


def _cabin(canvas: Canvas, body: Body, glass: Mask, *, driver: bool) -> None:
    """Paint seats, dashboard and driver, dim behind the glass."""
    sheet, span, base = canvas.sheet, body.roof - body.cowl, body.cowl
    far = [
        (0, base + span * 0.3),
        (330, base + span * 0.3),
        (300, base + span * 0.66),
        (0, base + span * 0.68),
    ]
    canvas.matt(sheet.shape_of(both(far), soft=20) & glass, (0.16, 0.17, 0.18), 0.30)
    seat_y = base + span * 0.40
    for x in (-300.0, 300.0):
        rest = sheet.round_of(x, seat_y + span * 0.14, 95, 70, soft=8)
        seat = [
            (x - 165, base),
            (x - 150, seat_y),
            (x, seat_y + 45),
            (x + 150, seat_y),
            (x + 165, base),
        ]
        for mask in (rest, sheet.shape_of(curve(seat), soft=10)):
            canvas.matt(mask & glass, (0.05, 0.048, 0.046), 0.30)
    if driver:
        _driver(canvas, 300, seat_y, glass)
        _dashboard(canvas, body, glass)


def _dashboard(canvas: Canvas, body: Body, glass: Mask) -> None:
    base, half = body.cowl, body.glass_half
    top = [
        (0, base - 40),
        (half, base - 40),
        (half - 60, base + 50),
        (300, base + 78),
        (0, base + 66),
    ]
    canvas.matt(canvas.sheet.shape_of(both(top), soft=9) & glass, (0.03, 0.03, 0.031), 0.7)


def _driver(canvas: Canvas, x: float, y: float, glass: Mask) -> None:
    """Paint a person at the wheel, without a face: our cameras should not show one needlessly."""
    sheet = canvas.sheet
    coat = [
        (x - 190, y - 260),
        (x - 170, y - 50),
        (x - 55, y + 8),
        (x + 55, y + 8),
        (x + 170, y - 50),
        (x + 190, y - 260),
    ]
    canvas.matt(sheet.shape_of(curve(coat), soft=7) & glass, (0.12, 0.15, 0.22), 0.34)
    canvas.matt(sheet.round_of(x, y + 85, 64, 84, soft=9) & glass, (0.42, 0.28, 0.21), 0.34)
    canvas.matt(sheet.round_of(x, y + 132, 69, 50, soft=9) & glass, (0.03, 0.025, 0.02), 0.34)
    wheel = sheet.round_of(x, y - 120, 165, 120, soft=3) - sheet.round_of(
        x, y - 120, 146, 103, soft=3
    )
    canvas.matt(wheel & glass, (0.02, 0.02, 0.02), 0.5)


def _pane(canvas: Canvas, body: Body, glass: Mask) -> None:
    """Paint the reflections of the windscreen: sky between treetops, and its rim."""
    x, y = canvas.sheet.at(glass)
    rise, side = (y - body.cowl) / (body.roof - body.cowl), x / body.glass_half
    seen = mirrored(canvas.light, side * 0.8, 0.86 - 0.5 * rise + 0.08 * side**2)
    strength = 0.055 + 0.34 * _crowns(canvas, glass, rise, side)
    canvas.add(glass, seen * strength[..., None])
    rim = glass - canvas.sheet.shape_of(upper_outline(body, 70.0), soft=5)
    canvas.matt(rim, (0.014, 0.014, 0.015))


def _crowns(canvas: Canvas, glass: Mask, rise: Array, side: Array) -> Array:
    """Return the share of sky (0-1) that each pixel of the windscreen reflects."""
    shape = glass.part.shape
    chance = np.random.default_rng(round(canvas.paint[0] * 997) + shape[1])
    leaves = noise(chance, shape, 190 * canvas.sheet.scale * 2, 5)
    open_sky = 0.62 - 0.9 * rise + 0.5 * np.abs(side) ** 2
    return np.clip((open_sky + leaves * 0.8) * 2.6, 0, 1).astype(np.float32)


def wipers(canvas: Canvas, body: Body) -> None:
    """Paint the wipers and the black tray below them."""
    sheet, base, half = canvas.sheet, body.cowl, body.glass_half
    tray = [(0, base + 34), (half - 30, base + 6), (half + 8, base - 16), (0, base + 2)]
    canvas.matt(sheet.shape_of(both(tray)), (0.018, 0.018, 0.019))
    for start, end in ((-half + 110, 40), (40, half - 150)):
        blade = [(start, base + 26), ((start + end) / 2, base + 54), (end, base + 44)]
        canvas.matt(sheet.stroke(blade, 15), (0.02, 0.02, 0.02))


def inner_mirror(canvas: Canvas, body: Body) -> None:
    """Paint the mirror inside the windscreen and the sensor box above it."""
    sheet, roof = canvas.sheet, body.roof
    box = [(0, roof - 60), (75, roof - 60), (58, roof - 128), (0, roof - 134)]
    mirror = [(0, roof - 172), (105, roof - 168), (112, roof - 130), (0, roof - 128)]
    for outline, tone in ((box, 0.012), (mirror, 0.03)):
        canvas.matt(sheet.shape_of(both(outline), soft=3), (tone, tone, tone))


def door_mirrors(canvas: Canvas, body: Body) -> None:
    """Paint the door mirrors: housings in the car's colour on a dark foot."""
    sheet, x, y = canvas.sheet, body.half + 6, body.cowl + 52
    foot = [
        (body.glass_half + 6, y - 12),
        (x - 40, y - 40),
        (x - 30, y - 65),
        (body.glass_half + 20, y - 62),
    ]
    canvas.matt(sheet.shape_of(foot, mirror=True), PLASTIC)
    case = [
        (x - 98, y - 48),
        (x + 40, y - 60),
        (x + 84, y - 12),
        (x + 62, y + 54),
        (x - 50, y + 62),
        (x - 104, y + 18),
    ]
    mask = sheet.shape_of(curve(case), mirror=True)
    lean = [(y - 65, -0.7), (y - 38, -0.35), (y + 6, 0.12), (y + 40, 0.6), (y + 66, 0.95)]
    skin(canvas, mask, lean, [(0, 0), (0.84, 0.0), (0.9, 0.3), (0.95, 0.85)])
    canvas.matt(
        sheet.stroke([(x - 100, y - 44), (x + 60, y - 56)], 16, mirror=True) & mask, PLASTIC
    )
