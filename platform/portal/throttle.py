"""A limit on how often one visitor may look plates up, so that nobody can list who is inside."""

from django.core.cache import cache
from django.http import HttpRequest

# A person who mistypes tries a few times; a script that tries plates is stopped early.
LOOK_UPS = 20
WINDOW = 600  # seconds


def may_look_up(request: HttpRequest) -> bool:
    """Count a look-up of this visitor's address and say whether it is within the limit."""
    key = f"portal-look-ups:{request.META.get('REMOTE_ADDR', '')}"
    if cache.add(key, 1, WINDOW):
        return True
    try:
        return cache.incr(key) <= LOOK_UPS
    except ValueError:  # it ran out between the two
        return True
