"""A limit on look-ups per visitor, so that the cars inside cannot be enumerated."""

from django.core.cache import cache
from django.http import HttpRequest

# A person who mistypes needs a few tries; a script that guesses plates is stopped early.
LOOK_UPS = 20
WINDOW = 600  # seconds


def count_look_up(request: HttpRequest) -> bool:
    """Count a look-up of the client's IP address and return whether it is within the limit."""
    key = f"portal-look-ups:{request.META.get('REMOTE_ADDR', '')}"
    if cache.add(key, 1, WINDOW):
        return True
    try:
        return cache.incr(key) <= LOOK_UPS
    except ValueError:  # the key expired between the two calls
        return True
