"""A canvas in millimetres: soft-edged shapes, noise and light, as float32 arrays.

Colours are linear light, 0-1 for a white wall in the day; `develop` turns them into sRGB bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

Points = Sequence[tuple[float, float]]
Colour = tuple[float, float, float]
Array = np.ndarray


def linear(red: int, green: int, blue: int) -> Colour:
    """Return an sRGB colour (0-255) as linear light."""
    values = np.array([red, green, blue]) / 255.0
    out = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return float(out[0]), float(out[1]), float(out[2])


def develop(light: Array, exposure: float = 1.0) -> Array:
    """Return linear light as sRGB bytes, with soft highlights as on film."""
    shown = 1.0 - np.exp(-np.maximum(light, 0) * exposure * 1.35)
    coded = np.power(np.minimum(shown * 1.06, 1.0), 1 / 2.2)
    coded = coded * 0.68 + 0.32 * coded * coded * (3 - 2 * coded)  # a camera's contrast curve
    return (coded * 255.0 + 0.5).astype(np.uint8)


def curve(points: Points, steps: int = 8, *, closed: bool = True) -> list[tuple[float, float]]:
    """Return a smooth line through the points (Catmull-Rom)."""
    known = np.asarray(points, dtype=np.float64)
    count = len(known)
    if closed:
        padded = np.concatenate([known[-1:], known, known[:2]])
    else:
        padded = np.concatenate([known[:1], known, known[-1:]])
    out = []
    for index in range(count if closed else count - 1):
        p0, p1, p2, p3 = padded[index : index + 4]
        for t in np.linspace(0, 1, steps, endpoint=False):
            bend = (2 * p0 - 5 * p1 + 4 * p2 - p3) * t * t + (3 * p1 - p0 - 3 * p2 + p3) * t**3
            out.append(tuple((2 * p1 + (p2 - p0) * t + bend) / 2))
    return out if closed else [*out, tuple(known[-1])]


def blur(array: Array, sigma: float) -> Array:
    """Return the array blurred by `sigma` pixels."""
    return cv2.GaussianBlur(array, (0, 0), max(sigma, 0.05)) if sigma > 0.05 else array


def noise(chance: np.random.Generator, shape: tuple[int, int], cell: float, octaves: int) -> Array:
    """Return cloud-like noise of mean 0, about -1 to 1; `cell` is the largest cloud in pixels."""
    height, width = shape
    total = np.zeros(shape, np.float32)
    weight = 1.0
    for _ in range(octaves):
        small = max(2, round(height / cell)), max(2, round(width / cell))
        grid = chance.standard_normal(small).astype(np.float32)
        total += weight * cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
        weight, cell = weight * 0.55, cell / 2
    return total / max(float(np.abs(total).max()), 1e-6)


@dataclass(frozen=True, slots=True)
class Mask:
    """The coverage (0-1) of each pixel, stored for its bounding window only."""

    rows: slice
    columns: slice
    part: Array

    @property
    def window(self) -> tuple[slice, slice]:
        """The mask's window on the canvas."""
        return self.rows, self.columns

    def __and__(self, other: "Mask") -> "Mask":
        """Return the intersection of both."""
        rows, columns = _meet(self.rows, other.rows), _meet(self.columns, other.columns)
        return Mask(rows, columns, self.within(rows, columns) * other.within(rows, columns))

    def __sub__(self, other: "Mask") -> "Mask":
        """Return this mask without the other."""
        rows, columns = _meet(self.rows, other.rows), _meet(self.columns, other.columns)
        part = self.part.copy()
        top, left = rows.start - self.rows.start, columns.start - self.columns.start
        hole = other.within(rows, columns)
        part[top : top + hole.shape[0], left : left + hole.shape[1]] *= 1 - hole
        return Mask(self.rows, self.columns, part)

    def __mul__(self, factor: float | Array) -> "Mask":
        """Return the mask multiplied by a number, or by one per pixel of its window."""
        return Mask(self.rows, self.columns, (self.part * factor).astype(np.float32))

    def within(self, rows: slice, columns: slice) -> Array:
        """Return the part of the mask in a smaller window."""
        top, left = rows.start - self.rows.start, columns.start - self.columns.start
        return self.part[
            top : top + rows.stop - rows.start, left : left + columns.stop - columns.start
        ]


def _meet(one: slice, other: slice) -> slice:
    start = max(one.start, other.start)
    return slice(start, max(start, min(one.stop, other.stop)))


class Sheet:
    """A canvas in car coordinates, mm: x rightward from the car's middle, y up from the ground."""

    def __init__(
        self, scale: float, half_width: float, height: float, below: float = 160.0
    ) -> None:
        self.scale, self.half_width, self.top = scale, half_width, height
        self.shape = round((height + below) * scale), round(2 * half_width * scale)
        rows, columns = np.mgrid[0 : self.shape[0], 0 : self.shape[1]].astype(np.float32)
        self.x = columns / scale - half_width
        self.y = height - rows / scale

    def at(self, mask: Mask) -> tuple[Array, Array]:
        """Return x and y in mm of each pixel of the mask's window."""
        return self.x[mask.window], self.y[mask.window]

    def pixels(self, points: Points) -> Array:
        """Return points in mm as pixels, y down."""
        known = np.asarray(points, np.float32)
        return np.stack([known[:, 0] + self.half_width, self.top - known[:, 1]], 1) * self.scale

    def shape_of(self, *outlines: Points, mirror: bool = False, soft: float = 0.0) -> Mask:
        """Return the mask of filled outlines; `soft` blurs its edge by that many mm."""
        lines = [self.pixels(line) for line in _with_mirrored(outlines, mirror)]
        rows, columns, mask = self._blank(lines, 3 * soft * self.scale + 2)
        for line in lines:
            cv2.fillPoly(mask, [_fixed(line, rows, columns)], 255, lineType=cv2.LINE_AA, shift=4)
        return Mask(rows, columns, blur(mask.astype(np.float32) / 255.0, soft * self.scale))

    def stroke(self, points: Points, width: float, *, mirror: bool = False) -> Mask:
        """Return the mask of a line `width` mm wide; thinner than a pixel becomes fainter."""
        thick = width * self.scale
        lines = [self.pixels(line) for line in _with_mirrored((points,), mirror)]
        rows, columns, mask = self._blank(lines, thick + 2)
        for line in lines:
            dots, wide = _fixed(line, rows, columns), max(1, round(thick))
            cv2.polylines(mask, [dots], False, 255, wide, cv2.LINE_AA, 4)
        return Mask(rows, columns, mask.astype(np.float32) / 255.0 * min(1.0, thick))

    def round_of(
        self, x: float, y: float, rx: float, ry: float, *, mirror: bool = False, soft: float = 0.0
    ) -> Mask:
        """Return the mask of an ellipse."""
        turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)
        dots = [(x + rx * float(np.cos(a)), y + ry * float(np.sin(a))) for a in turn]
        return self.shape_of(dots, mirror=mirror, soft=soft)

    def _blank(self, lines: list[Array], margin: float) -> tuple[slice, slice, Array]:
        every = np.concatenate(lines)
        left, top = np.floor(every.min(axis=0) - margin).astype(int)
        right, bottom = np.ceil(every.max(axis=0) + margin).astype(int)
        rows = _meet(slice(max(0, top), max(0, bottom)), slice(0, self.shape[0]))
        columns = _meet(slice(max(0, left), max(0, right)), slice(0, self.shape[1]))
        return (
            rows,
            columns,
            np.zeros((rows.stop - rows.start, columns.stop - columns.start), np.uint8),
        )


def _fixed(line: Array, rows: slice, columns: slice) -> Array:
    """Return pixels as OpenCV's fixed-point numbers with four binary places."""
    return np.round((line - (columns.start, rows.start)) * 16).astype(np.int32)


def _with_mirrored(outlines: Sequence[Points], mirror: bool) -> list[Points]:
    return [*outlines, *(flip(line) for line in outlines)] if mirror else list(outlines)


def flip(points: Points) -> list[tuple[float, float]]:
    """Return the points mirrored at the car's middle."""
    return [(-x, y) for x, y in points]


def both(half: Points) -> list[tuple[float, float]]:
    """Return a symmetrical outline from its right half, given from the bottom to the top."""
    return [*half, *reversed(flip(half))]
