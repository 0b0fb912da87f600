"""Limits on look-ups, so that the cars inside cannot be enumerated, nor one car be watched."""

from django.http import HttpRequest

from core.client_address import client_address
from core.plates import normalise
from core.rate_limits import Limit, count_attempt

# A person who mistypes needs a few tries; a script that guesses plates is slowed down early. The
# phones of many visitors may share one address.
LOOK_UPS = 20
OF_ADDRESS = Limit("look-up-address", free=LOOK_UPS, first_s=10, longest_s=300, window_s=600)
# One plate, whoever looks it up: the delay is short, because its driver shares it.
OF_PLATE = Limit("look-up-plate", free=10, first_s=5, longest_s=60, window_s=600)


def count_look_up(request: HttpRequest, plate: str = "") -> None:
    """Count a look-up against the limits of the client's address and of the plate, if any.

    Raises:
        TooManyAttempts: it came too early.
    """
    address = (OF_ADDRESS, client_address(request))
    count_attempt(address, *([(OF_PLATE, normalise(plate))] if plate else []))
