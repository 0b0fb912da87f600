"""Ed25519 (RFC 8032) verified by its definition, without the library that the product signs with.

Points of the curve are pairs of coordinates; slow, and for public values only.
"""

import hashlib

_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_ROOT_OF_MINUS_1 = pow(2, (_P - 1) // 4, _P)
_BASE_Y = 4 * pow(5, -1, _P) % _P
Point = tuple[int, int]


def verifies(public: bytes, message: bytes, signature: bytes) -> bool:
    """Return whether a signature is that of the key over exactly this message."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, first = _point(public), _point(signature[:32])
    factor = int.from_bytes(signature[32:], "little")
    if key is None or first is None or factor >= _ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    base = _point(_BASE_Y.to_bytes(32, "little"))
    assert base is not None
    hashed = int.from_bytes(digest, "little") % _ORDER
    return _times(factor, base) == _sum(first, _times(hashed, key))


def _point(encoded: bytes) -> Point | None:
    """Return the point that 32 bytes encode: y, and whether x is odd in the highest bit."""
    number = int.from_bytes(encoded, "little")
    y, is_odd = number & (1 << 255) - 1, number >> 255
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT_OF_MINUS_1 % _P
    if y >= _P or (x * x - square) % _P or (x == 0 and is_odd):
        return None
    return (_P - x if x % 2 != is_odd else x), y


def _sum(one: Point, other: Point) -> Point:
    (x1, y1), (x2, y2) = one, other
    product = _D * x1 * x2 * y1 * y2
    x = (x1 * y2 + x2 * y1) * pow(1 + product, -1, _P)
    y = (y1 * y2 + x1 * x2) * pow(1 - product, -1, _P)
    return x % _P, y % _P


def _times(factor: int, point: Point) -> Point:
    result: Point = (0, 1)
    while factor:
        if factor & 1:
            result = _sum(result, point)
        point, factor = _sum(point, point), factor >> 1
    return result
