"""Shapes of cars, and a painter that shades their surfaces."""

from dataclasses import dataclass

import numpy as np

from .light import Light, mirrored
from .paint import Array, Colour, Mask, Points, Sheet, blur, both, curve

VIEW_DOWN = 0.16  # how steeply the camera looks down, as the y part of the view


@dataclass(frozen=True, slots=True)
class Body:
    """The front outline of one kind of car; millimetres above ground or from the middle."""

    name: str
    half: float  # half the width at the widest
    clear: float  # ground to bumper
    edge: float  # leading edge of the bonnet (front) or sill of the boot (rear)
    cowl: float  # lower edge of the windscreen
    roof: float
    roof_half: float
    glass_half: float  # half width of the windscreen at its lower edge
    plate: float  # middle of the plate
    lamp: tuple[float, float]  # lower and upper edge of the head lamps
    rails: bool = False
    shield: bool = False  # bare metal guard below the bumper
    cargo: bool = False  # a lorry: flat cab before a box

    def plate_height(self, *, rear: bool) -> float:
        """Return the height of the plate's middle above ground."""
        return self.plate + (190 if rear and not self.cargo else 0)


BODIES = {
    body.name: body
    for body in (
        Body("saloon", 905, 175, 715, 985, 1445, 525, 715, 470, (628, 735)),
        Body("hatchback", 880, 180, 740, 1010, 1500, 545, 705, 480, (655, 775)),
        Body("suv", 950, 215, 860, 1150, 1690, 610, 745, 560, (762, 862), rails=True, shield=True),
        Body("van", 935, 190, 830, 1120, 1830, 660, 775, 520, (720, 850)),
        Body("compact", 845, 175, 735, 985, 1535, 540, 685, 470, (645, 775)),
        Body("lorry", 1120, 270, 1190, 1330, 2560, 1010, 1030, 560, (480, 640), cargo=True),
    )
}


class Canvas:
    """The painting of a car: its colours, its own light, and its coverage per pixel."""

    def __init__(self, sheet: Sheet, light: Light, paint: Colour) -> None:
        self.sheet, self.light, self.paint = sheet, light, paint
        self.colour = np.zeros((*sheet.shape, 3), np.float32)
        self.glow = np.zeros_like(self.colour)
        self.cover = np.zeros(sheet.shape, np.float32)
        zero = np.zeros((1, 1), np.float32)
        self.upright = lit(light, zero, zero, zero + 1)[0, 0]  # light on a matt upright surface

    def paint_colour(self, mask: Mask, colour: Colour | Array) -> None:
        """Paint a colour (one, or one per pixel of the mask's window) over the car."""
        part = mask.part[..., None]
        target = self.colour[mask.window]
        target *= 1 - part
        target += part * np.asarray(colour, np.float32)
        np.maximum(self.cover[mask.window], mask.part, out=self.cover[mask.window])

    def matt(self, mask: Mask, colour: Colour, factor: float = 1.0) -> None:
        """Paint a matt vertical surface."""
        self.paint_colour(mask, np.asarray(colour, np.float32) * self.upright * factor)

    def bright(self, mask: Mask, low: float, high: float, tone: float = 0.62) -> None:
        """Paint a chromed surface rounded from `low` to `high`, which mirrors sky and ground."""
        x, y = self.sheet.at(mask)
        turn = np.clip((y - low) / max(high - low, 1), -0.4, 1.4) * 1.7 - 0.8
        seen = mirrored(self.light, x / 900, turn)
        self.paint_colour(mask, seen * tone + 0.10 * self.upright)

    def add(self, mask: Mask, colour: Array) -> None:
        """Add light, as a reflection on glass does."""
        self.colour[mask.window] += mask.part[..., None] * colour

    def shine(self, mask: Mask, colour: Colour, strength: float) -> None:
        """Add light emitted by the car; it blooms when the photo is developed."""
        self.glow[mask.window] += (mask.part * strength)[..., None] * np.asarray(colour, np.float32)

    def shade(self, mask: Mask, amount: float) -> None:
        """Darken the car below the mask by up to `amount` (0-1)."""
        self.colour[mask.window] *= (1 - mask.part * amount)[..., None]


def lower_outline(body: Body) -> list[tuple[float, float]]:
    """Return the outline of the body below the windows."""
    half, clear, cowl = body.half, body.clear, body.cowl
    side = [
        (0, clear), (420, clear), (690, clear + 8), (half - 95, clear + 45),
        (half - 25, clear + 150), (half - 4, (clear + cowl) / 2), (half - 8, cowl - 230),
        (half - 40, cowl - 110), (half - 100, cowl - 30), (body.glass_half + 12, cowl + 8),
    ]  # fmt: skip
    return both([*curve(side, 6, closed=False), (0, cowl + 20)])


def upper_outline(body: Body, inset: float = 0.0) -> list[tuple[float, float]]:
    """Return the outline of roof, pillars and windscreen; `inset` draws it in by that many mm."""
    span = body.roof - body.cowl
    side = [
        (body.glass_half + 18 - inset, body.cowl - 25 + inset * 0.6),
        (body.glass_half - 14 - inset, body.cowl + span * 0.2),
        (body.roof_half + 62 - inset, body.cowl + span * 0.66),
        (body.roof_half + 14 - inset, body.roof - 75 - inset * 0.5),
        (body.roof_half - 62 - inset * 0.6, body.roof - 24 - inset * 0.9),
        (body.roof_half * 0.55, body.roof - 6 - inset),
        (0, body.roof - inset),
    ]
    return both([(0, body.cowl - 25 + inset * 0.6), *curve(side, 6, closed=False)])


def skin(
    canvas: Canvas, mask: Mask, lean: Points, plan: Points, crease: Array | float = 0.0
) -> None:
    """Paint a metal surface.

    Args:
        canvas: the car.
        mask: where the surface is.
        lean: pairs (height in mm, upward lean of the surface -1 to 1), from below to above.
        plan: pairs (part of the half width 0-1, sideways lean 0-1), from the middle outwards.
        crease: further sideways lean for each pixel of the mask's window.
    """
    sheet = canvas.sheet
    x, y = sheet.x[0, mask.columns], sheet.y[mask.rows, 0]
    soft = 18 * sheet.scale
    up = blur(_along(y, lean)[:, None], soft)
    side = _along(np.abs(x) / sheet.half_width, plan) * np.sign(x)
    side = blur(side[None, :], soft)
    shape = mask.part.shape
    leaning = np.broadcast_to(side, shape) + np.float32(crease)
    canvas.paint_colour(
        mask, painted(canvas.light, canvas.paint, leaning, np.broadcast_to(up, shape))
    )


def _along(where: Array, pairs: Points) -> Array:
    """Interpolate the pairs at the given positions."""
    at, value = zip(*pairs, strict=True)
    return np.interp(where, at, value).astype(np.float32)


def painted(light: Light, paint: Colour, side: Array, up: Array) -> Array:
    """Return the colour of a varnished surface that leans `side` and `up`."""
    ahead = np.sqrt(np.clip(1 - side * side - up * up, 0.04, 1))
    norm = 1 / np.sqrt(side * side + up * up + ahead * ahead)
    side, up, ahead = side * norm, up * norm, ahead * norm
    facing = np.clip(up * VIEW_DOWN + ahead * 0.987, 0.02, 1)
    mirror_x, mirror_y = 2 * facing * side, 2 * facing * up - VIEW_DOWN
    coat = (0.055 + 0.95 * (1 - facing) ** 5)[..., None] * 1.7
    tint = np.asarray(paint, np.float32)
    seen = mirrored(light, mirror_x, mirror_y) * (coat + 0.14 * tint)
    glint = _glint(light, mirror_x, mirror_y, 2 * facing * ahead - 0.987)
    return tint * lit(light, side, up, ahead) * 0.92 + seen + glint


def lit(light: Light, side: Array, up: Array, ahead: Array) -> Array:
    """Return the light that falls on a matt white surface with this lean."""
    sky = np.clip(0.5 + 0.5 * up, 0, 1)[..., None]
    above = np.float32(0.5) * np.asarray(light.zenith, np.float32)
    around = sky * (above + np.float32(0.42) * np.asarray(light.horizon, np.float32))
    bounce = (1 - sky) * np.asarray(light.ground, np.float32) * np.float32(0.9)
    x, y, z = light.sun_from
    sun = np.clip(side * x + up * y + ahead * z, 0, 1)[..., None]
    flash = np.clip(ahead, 0, 1)[..., None] ** 3 * np.float32(light.flash)
    return around + bounce + sun * np.asarray(light.sun, np.float32) * np.float32(0.8) + flash


def _glint(light: Light, x: Array, y: Array, z: Array) -> Array:
    sun = np.asarray(light.sun_from, np.float32) / np.linalg.norm(light.sun_from)
    near = np.clip(x * sun[0] + y * sun[1] + z * sun[2], 0, 1).astype(np.float32)
    return (near**80)[..., None] * np.asarray(light.sun, np.float32) * np.float32(1.5)
