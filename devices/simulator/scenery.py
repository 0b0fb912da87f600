"""Paint the lane behind the car: asphalt, kerbs, a gate house, hedges and trees, out of focus."""

from dataclasses import dataclass

import cv2
import numpy as np

from .light import Light
from .paint import Array, Colour, blur, noise

WIDTH, HEIGHT = 1280, 720
EYE = 1.25  # height of the camera above the lane, metres
AHEAD = 5.5  # camera to the car's nose, metres
LAMP_LIGHT = (1.0, 0.82, 0.55)


@dataclass(frozen=True, slots=True)
class View:
    """The position of the lane in the photo: `scale` pixels per metre at the car's nose."""

    scale: float
    ground: float  # row of the ground below the car's nose
    middle: float  # column of the car's middle

    def spot(self, x: float, up: float, away: float) -> tuple[float, float]:
        """Return the pixel of a point: metres right of the car, up, and away from the eye."""
        size = self.scale * AHEAD / away
        horizon = self.ground - EYE * self.scale
        return self.middle + x * size, horizon + (EYE - up) * size


def lane(light: Light, view: View, seed: int) -> Array:
    """Return the empty lane as linear light, HEIGHT x WIDTH x 3."""
    chance = np.random.default_rng(seed)
    frame = _far(light, view, chance)
    side = 1 if chance.random() < 0.5 else -1
    _asphalt(frame, light, view, chance)
    frame = blur(frame, 2.0)
    _hedge(frame, light, view, chance, side)
    _gate_house(frame, light, view, -side)
    frame = blur(frame, 1.8)
    _markings(frame, light, view, chance)
    for edge in (-1.75, 1.75):
        _kerb(frame, light, view, edge)
    _bollards(frame, light, view, side)
    return blur(frame, 1.1)


def matt(light: Light, colour: Colour, factor: float = 1.0) -> Array:
    """Return a matt colour under the scene's light."""
    sky = 0.5 * np.asarray(light.zenith) + 0.45 * np.asarray(light.horizon)
    near = np.asarray(LAMP_LIGHT) * (0.05 if light.lamps else 0.0)
    return (np.asarray(colour) * (sky + 0.42 * np.asarray(light.sun) + near) * factor).astype(
        np.float32
    )


def fill(frame: Array, points: list[tuple[float, float]], colour: Array, part: float = 1.0) -> None:
    """Fill an outline (pixels) with a colour."""
    dots = np.round(np.asarray(points) * 16).astype(np.int32)
    left, top = np.maximum(np.floor(np.min(points, axis=0)).astype(int), 0)
    right, bottom = np.minimum(np.ceil(np.max(points, axis=0)).astype(int) + 1, (WIDTH, HEIGHT))
    if right <= left or bottom <= top:
        return
    mask = np.zeros((bottom - top, right - left), np.uint8)
    cv2.fillPoly(mask, [dots - np.array([left, top]) * 16], 255, cv2.LINE_AA, 4)
    share = (mask.astype(np.float32) * (part / 255.0))[..., None]
    window = frame[top:bottom, left:right]
    window += share * (colour - window)


def _far(light: Light, view: View, chance: np.random.Generator) -> Array:
    """Paint sky, trees and the front of a building."""
    rows = np.linspace(0, 1, HEIGHT, dtype=np.float32)[:, None, None]
    sky = (
        np.asarray(light.zenith, np.float32) * (1 - rows)
        + np.asarray(light.horizon, np.float32) * rows
    )
    frame = np.broadcast_to(sky, (HEIGHT, WIDTH, 3)).copy()
    _building(frame, light, view, chance)
    leaves = noise(chance, (HEIGHT, WIDTH), 200, 6)
    fine = noise(chance, (HEIGHT, WIDTH), 24, 4)
    rise = (view.ground - EYE * view.scale - np.mgrid[0:HEIGHT, 0:WIDTH][0]) / 160.0
    crown = np.clip((0.34 + leaves * 1.1 - rise * 0.35) * 6, 0, 1)[..., None]
    green = matt(light, (0.10, 0.15, 0.05)) * (0.55 + 0.9 * np.clip(fine + 0.35, 0, 1.4))[..., None]
    frame += crown * (green - frame)
    return blur(frame, 4.5)


def _building(frame: Array, light: Light, view: View, chance: np.random.Generator) -> None:
    left = chance.uniform(-22, -6)
    wall = matt(
        light, tuple(chance.choice([(0.55, 0.5, 0.44), (0.42, 0.43, 0.45), (0.5, 0.36, 0.28)]))
    )
    fill(
        frame,
        [view.spot(x, y, 42) for x, y in ((left, 0), (left + 24, 0), (left + 24, 14), (left, 14))],
        wall,
    )
    for x in np.arange(left + 1, left + 23, 2.4):
        for y in np.arange(1.4, 12, 3.0):
            lit = light.lamps and chance.random() < 0.4
            pane = np.array((0.9, 0.66, 0.36), np.float32) * 0.5 if lit else wall * 0.28
            fill(
                frame,
                [
                    view.spot(a, b, 42)
                    for a, b in ((x, y), (x + 1.4, y), (x + 1.4, y + 1.6), (x, y + 1.6))
                ],
                pane,
            )


def _asphalt(frame: Array, light: Light, view: View, chance: np.random.Generator) -> None:
    """Paint the ground from the horizon down: grain, patches and tyre tracks in perspective."""
    horizon = int(view.ground - EYE * view.scale)
    top = max(0, horizon + 2)
    rows, columns = np.mgrid[top:HEIGHT, 0:WIDTH].astype(np.float32)
    away = view.scale * AHEAD * EYE / (rows - horizon)
    x = (columns - view.middle) * away / (view.scale * AHEAD)
    grain, patch = _ground_texture(chance)
    place = ((x * 90 + 512) % 1023, (away * 90) % 1023)
    fine = cv2.remap(grain, *place, cv2.INTER_LINEAR)
    wide = cv2.remap(patch, place[0] * 0.5 + 256, place[1] * 0.5 + 256, cv2.INTER_LINEAR)
    tracks = np.exp(-(((np.abs(x) - 0.75) / 0.22) ** 2)) * 0.16
    tone = 1 + 0.16 * fine / (1 + away * 0.06) + 0.34 * wide - tracks
    ground = matt(light, (0.165, 0.162, 0.158)) * tone[..., None]
    if light.lamps:
        pool = np.exp(-((x / 2.6) ** 2) - (((away - 4.4) / 3.0) ** 2))[..., None]
        ground += pool * np.asarray(LAMP_LIGHT, np.float32) * 0.055 * tone[..., None]
    frame[top:] = np.maximum(ground, 0)


def _ground_texture(chance: np.random.Generator) -> tuple[Array, Array]:
    grain = noise(chance, (1024, 1024), 8, 3) * 1.6
    return grain, noise(chance, (1024, 1024), 220, 4)


def _strip(
    view: View, x: float, width: float, up: float, near: float, far: float
) -> list[tuple[float, float]]:
    return [
        view.spot(x, up, near), view.spot(x + width, up, near),
        view.spot(x + width, up, far), view.spot(x, up, far),
    ]  # fmt: skip


def _markings(frame: Array, light: Light, view: View, chance: np.random.Generator) -> None:
    white = matt(light, (0.62, 0.62, 0.6))
    worn = 0.5 + 0.3 * chance.random()
    fill(
        frame,
        [view.spot(x, 0, z) for x, z in ((-1.6, 4.95), (1.6, 4.95), (1.6, 5.25), (-1.6, 5.25))],
        white,
        worn,
    )
    for start in np.arange(7, 30, 3.0):
        fill(frame, _strip(view, 3.0, 0.12, 0, start, start + 1.6), white, worn)


def _kerb(frame: Array, light: Light, view: View, edge: float) -> None:
    """Paint the raised edge of the island, alternately yellow and black."""
    out = np.sign(edge)
    top = matt(light, (0.36, 0.35, 0.33))
    fill(frame, _strip(view, edge, out * 0.9, 0.16, 3.2, 26), top)
    for index, start in enumerate(np.arange(3.2, 24, 0.8)):
        colour = matt(light, (0.66, 0.46, 0.05) if index % 2 else (0.05, 0.05, 0.05), 0.8)
        low, high = view.spot(edge, 0, start), view.spot(edge, 0.16, start)
        far_high, far_low = view.spot(edge, 0.16, start + 0.8), view.spot(edge, 0, start + 0.8)
        fill(frame, [low, high, far_high, far_low], colour)
        fill(frame, _strip(view, edge, out * 0.12, 0.16, start, start + 0.8), colour * 1.25)


def _hedge(frame: Array, light: Light, view: View, chance: np.random.Generator, side: int) -> None:
    wall = [
        view.spot(side * 2.9, up, away) for up, away in ((0, 5), (1.15, 5), (1.15, 30), (0, 30))
    ]
    fill(frame, wall, matt(light, (0.07, 0.12, 0.04)))
    leaves = noise(chance, (HEIGHT, WIDTH), 30, 5)
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.fillPoly(mask, [np.round(np.asarray(wall)).astype(np.int32)], 255)
    tone = np.where(mask > 0, 1 + leaves * 0.8, 1).astype(np.float32)
    frame *= np.clip(tone, 0.2, 2)[..., None]


def _gate_house(frame: Array, light: Light, view: View, side: int) -> None:
    """Paint the guard's booth beside the lane: wall, window, roof edge."""
    x, near, far = side * 2.05, 6.4, 8.8
    wall = matt(light, (0.60, 0.61, 0.60))
    fill(
        frame,
        [view.spot(x, up, z) for up, z in ((0, near), (2.7, near), (2.7, far), (0, far))],
        wall * 0.72,
    )
    front = [
        view.spot(a, up, near)
        for a, up in ((x, 0), (x, 2.7), (x + side * 2.2, 2.7), (x + side * 2.2, 0))
    ]
    fill(frame, front, wall)
    glass = (
        np.array((0.75, 0.62, 0.42), np.float32) * 0.7
        if light.lamps
        else matt(light, (0.10, 0.13, 0.15))
    )
    for a, b in ((0.25, 1.0), (1.15, 1.95)):
        pane = [
            view.spot(x + side * c, up, near) for c, up in ((a, 1.0), (a, 2.2), (b, 2.2), (b, 1.0))
        ]
        fill(frame, pane, glass)
    fill(
        frame,
        [
            view.spot(x, up, z)
            for up, z in ((1.0, near + 0.3), (2.2, near + 0.3), (2.2, far - 0.3), (1.0, far - 0.3))
        ],
        glass * 0.8,
    )
    band = [
        view.spot(a, up, near)
        for a, up in ((x, 0.75), (x, 0.9), (x + side * 2.2, 0.9), (x + side * 2.2, 0.75))
    ]
    fill(frame, band, matt(light, (0.05, 0.16, 0.42)))


def _bollards(frame: Array, light: Light, view: View, side: int) -> None:
    for away in (12.0, 9.0, 6.6):
        x = side * 2.1
        for low, high, colour in (
            (0, 0.9, (0.58, 0.12, 0.05)),
            (0.45, 0.6, (0.7, 0.7, 0.7)),
            (0.72, 0.82, (0.7, 0.7, 0.7)),
        ):
            post = [
                view.spot(a, up, away)
                for a, up in ((x - 0.05, low), (x + 0.05, low), (x + 0.05, high), (x - 0.05, high))
            ]
            fill(frame, post, matt(light, colour, 0.85))
