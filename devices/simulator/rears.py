"""Paint a car from behind."""

import numpy as np

from .bodies import Body, Canvas, lower_outline, skin
from .cabins import greenhouse
from .fronts import PLASTIC, badge, plate_recess, seam, wheels
from .light import mirrored
from .paint import Mask, both, curve

RED = (0.30, 0.012, 0.014)


def paint_rear(canvas: Canvas, body: Body, variant: int) -> None:
    """Paint the whole rear; `variant` picks the lamps."""
    wheels(canvas, body)
    _shell(canvas, body)
    greenhouse(canvas, body, driver=False)
    _lid(canvas, body)
    _bumper(canvas, body)
    _lamps(canvas, body, variant)
    plate_recess(canvas, body, rear=True)
    badge(canvas, body.plate_height(rear=True) + 150, 42)


def _shell(canvas: Canvas, body: Body) -> None:
    clear, cowl, plate = body.clear, body.cowl, body.plate_height(rear=True)
    lean = [
        (clear, -0.8), (clear + 80, -0.45), (clear + 160, -0.12), (plate - 170, 0.05),
        (plate - 130, 0.55), (plate - 100, -0.25), (plate, -0.08), (plate + 110, 0.12),
        (cowl - 90, 0.28), (cowl - 55, 0.62), (cowl - 10, 0.9), (cowl, 0.94),
    ]  # fmt: skip
    plan = [(0, 0), (0.35, 0.05), (0.55, 0.16), (0.68, 0.4), (0.76, 0.75), (0.8, 0.9), (1, 0.99)]
    mask = canvas.sheet.shape_of(lower_outline(body))
    skin(canvas, mask, lean, plan)
    low = canvas.sheet.shape_of(
        both([(0, 0), (1100, 0), (1100, clear + 70), (0, clear + 50)]), soft=50
    )
    canvas.shade(low & mask, 0.5)


def _lid(canvas: Canvas, body: Body) -> None:
    """Draw the gaps of the boot lid and the lamp in the rear pane's upper edge."""
    plate, cowl, half = body.plate_height(rear=True), body.cowl, body.half
    seam(
        canvas,
        [(0, plate - 118), (420, plate - 116), (half - 260, plate - 90), (half - 235, plate - 20)],
    )
    seam(canvas, [(half - 235, plate - 20), (half - 225, cowl - 160), (half - 250, cowl - 40)])
    stop = [(0, body.roof - 66), (110, body.roof - 68), (108, body.roof - 84), (0, body.roof - 82)]
    canvas.matt(canvas.sheet.shape_of(both(stop)), RED)
    bar = canvas.sheet.shape_of(
        [(-290, plate + 92), (290, plate + 92), (290, plate + 116), (-290, plate + 116)]
    )
    canvas.bright(bar, plate + 88, plate + 118)


def _bumper(canvas: Canvas, body: Body) -> None:
    sheet, low = canvas.sheet, body.clear
    skirt = [(0, low), (690, low + 10), (640, low + 120), (520, low + 150), (0, low + 150)]
    canvas.matt(sheet.shape_of(both(curve(skirt, 5, closed=False))), PLASTIC, 0.8)
    pipe = [(430, low + 24), (560, low + 26), (560, low + 74), (430, low + 74)]
    canvas.bright(sheet.shape_of(curve(pipe, 5), mirror=True), low, low + 90)
    canvas.paint_colour(
        sheet.shape_of(
            curve([(446, low + 34), (545, low + 36), (545, low + 64), (446, low + 64)]), mirror=True
        ),
        (0.003,) * 3,
    )
    mirror = [(610, low + 165), (800, low + 185), (798, low + 212), (612, low + 190)]
    canvas.matt(sheet.shape_of(mirror, mirror=True), RED)


def _lamps(canvas: Canvas, body: Body, variant: int) -> None:
    sheet, plate = canvas.sheet, body.plate_height(rear=True)
    low, high, outer = plate - 10, plate + (150, 120, 190)[variant % 3], body.half - 18
    inner = (430, 500, 620)[variant % 3]
    outline = curve(
        [
            (inner, low + 40),
            (outer - 140, low - 16),
            (outer - 4, low + 30),
            (outer - 10, high - 20),
            (outer - 90, high + 16),
            (inner + 8, high - 28),
        ],
        6,
    )
    mask = sheet.shape_of(outline, mirror=True)
    canvas.shade(sheet.shape_of(outline, mirror=True, soft=8), 0.8)
    canvas.matt(mask, RED)
    white = sheet.shape_of(
        [(inner, low + 30), (outer - 120, low), (outer - 120, low + 30), (inner, low + 58)],
        mirror=True,
    )
    canvas.matt(white & mask, (0.5, 0.5, 0.52))
    _light_bars(canvas, mask, inner, outer, low, high)
    x, y = sheet.at(mask)
    seen = mirrored(canvas.light, x / 1400, np.clip((y - low) / (high - low), 0, 1.2) * 0.9)
    canvas.add(mask, seen * 0.07)


def _light_bars(
    canvas: Canvas, mask: Mask, inner: float, outer: float, low: float, high: float
) -> None:
    """Paint the lit part: braking for the barrier, so brighter than driving."""
    for y in (low + (high - low) * 0.58, low + (high - low) * 0.78):
        bar = (
            canvas.sheet.stroke([(inner + 25, y - 8), (outer - 40, y + 4)], 20, mirror=True) & mask
        )
        canvas.shine(bar, (1.0, 0.05, 0.04), 1.6 if canvas.light.lamps else 0.7)
