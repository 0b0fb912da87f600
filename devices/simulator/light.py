"""The light of a scene, and its reflections."""

from dataclasses import dataclass

import numpy as np

from .paint import Array, Colour, linear


@dataclass(frozen=True, slots=True)
class Light:
    """The light at one time of day; colours are linear."""

    name: str
    zenith: Colour
    horizon: Colour
    ground: Colour
    sun: Colour
    sun_from: tuple[float, float, float]
    exposure: float
    lamps: bool  # headlights, street lamps and the camera's own flash are on
    flash: float


LIGHTS = {
    light.name: light
    for light in (
        Light(
            "day", (0.34, 0.50, 0.82), (0.86, 0.92, 1.0), (0.17, 0.165, 0.16),
            (1.05, 0.98, 0.86), (0.45, 0.75, 0.48), 1.0, False, 0.0,
        ),
        Light(
            "overcast", (0.72, 0.75, 0.80), (0.62, 0.64, 0.67), (0.13, 0.13, 0.13),
            (0.22, 0.22, 0.23), (0.0, 0.95, 0.3), 0.95, False, 0.0,
        ),
        Light(
            "dusk", (0.10, 0.13, 0.24), (0.62, 0.36, 0.22), (0.05, 0.045, 0.045),
            (0.30, 0.20, 0.13), (-0.7, 0.35, 0.6), 1.25, True, 0.14,
        ),
        Light(
            "night", (0.012, 0.014, 0.022), (0.05, 0.045, 0.04), (0.03, 0.028, 0.025),
            (0.06, 0.05, 0.04), (0.3, 0.9, 0.35), 1.5, True, 0.26,
        ),
    )
}  # fmt: skip


def light_of(hour: float) -> str:
    """Return the light at a local hour (0-24)."""
    if 7.5 <= hour < 16.5:
        return "day"
    if 6 <= hour < 7.5 or 16.5 <= hour < 18:
        return "overcast"
    return "dusk" if 18 <= hour < 20 else "night"


def mirrored(light: Light, x: Array, y: Array) -> Array:
    """Return the colour seen in a direction (x to the right, y up, both -1 to 1).

    Above the horizon the sky, at the horizon a dark uneven line of trees and walls, below it the
    ground, brighter further away.
    """
    x, y = x.astype(np.float32), y.astype(np.float32)
    skyline = 0.12 + 0.07 * np.sin(x * 6.0 + 0.6) + 0.05 * np.sin(x * 15.0 + 1.3)
    height = (np.clip(y, 0, 1) ** np.float32(0.6))[..., None]
    horizon, zenith, floor = (
        np.asarray(part, np.float32) for part in (light.horizon, light.zenith, light.ground)
    )
    sky = horizon * (1 - height) + zenith * height
    ground = floor * (0.4 + 1.1 * np.clip(1 + y * 1.5, 0, 1)[..., None])
    dark = horizon * 0.07 + floor * 0.12
    above = _ramp(y - skyline, 0.06)[..., None]
    below = _ramp(-y - 0.04, 0.07)[..., None]
    out = sky * above + (1 - above) * (ground * below + dark * (1 - below))
    if light.lamps:
        out = out + _lamps(x, y)[..., None] * np.array([1.0, 0.84, 0.6], np.float32)
    return out.astype(np.float32)


def _lamps(x: Array, y: Array) -> Array:
    """Return the reflections of lamps above the lane on paint and glass."""
    spots = ((-0.45, 0.66, 0.05), (0.38, 0.80, 0.045), (0.05, 0.94, 0.05))
    total = np.zeros(np.broadcast_shapes(x.shape, y.shape), np.float32)
    for left, up, size in spots:
        total += np.exp(-(((x - left) / (size * 2.2)) ** 2) - ((y - up) / size) ** 2)
    return total


def _ramp(value: Array, width: float) -> Array:
    t = np.clip(value / width + 0.5, 0, 1)
    return t * t * (3 - 2 * t)


PAINTS: dict[str, Colour] = {
    "white": linear(236, 236, 232),
    "silver": linear(176, 180, 184),
    "grey": linear(96, 100, 106),
    "black": linear(22, 23, 26),
    "blue": linear(28, 58, 128),
    "red": linear(150, 22, 28),
    "green": linear(34, 84, 66),
    "sand": linear(178, 158, 128),
    "orange": linear(206, 96, 28),
    "teal": linear(40, 116, 128),
}
