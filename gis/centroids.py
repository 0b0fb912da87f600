"""The middle of an outline."""

from collections.abc import Sequence

Ring = Sequence[Sequence[float]]


def centroid(ring: Ring) -> tuple[float, float]:
    """Return the centre of area of a ring, open or closed; the mean of its corners if it has none.

    Raises:
        ValueError: the ring is empty.
    """
    if not ring:
        raise ValueError("an empty ring has no middle")
    # Relative to a corner: degrees have too many digits in common for products of them.
    x0, y0 = ring[0][0], ring[0][1]
    corners = [(x - x0, y - y0) for x, y, *_height in ring]
    pairs = list(zip(corners, [*corners[1:], corners[0]], strict=True))
    crosses = [ax * by - bx * ay for (ax, ay), (bx, by) in pairs]
    area = sum(crosses)
    if area == 0:
        count = len(corners)
        return x0 + sum(x for x, _y in corners) / count, y0 + sum(y for _x, y in corners) / count
    x = sum((a[0] + b[0]) * cross for (a, b), cross in zip(pairs, crosses, strict=True))
    y = sum((a[1] + b[1]) * cross for (a, b), cross in zip(pairs, crosses, strict=True))
    return x0 + x / (3 * area), y0 + y / (3 * area)
