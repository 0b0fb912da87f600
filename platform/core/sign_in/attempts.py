"""One attempt to sign in: admitted or not, checked, and counted if it fails."""

import logging
import unicodedata
from dataclasses import dataclass

from django.contrib.auth import authenticate
from django.db import transaction
from django.http import HttpRequest

from core import audit
from core.models import User
from core.rate_limits import Limit, count_attempt, forget_attempts, take_back_attempt
from core.sign_in.hashing import hashing_slot

logger = logging.getLogger(__name__)
_HOUR, _DAY = 3600, 86_400
# Guesses for one name from one address: about 100 a day at most.
OF_NAME_HERE = Limit("name-address", free=5, first_s=1, longest_s=900, window_s=_DAY)
# Guesses for one name from any address. The delay is short, because others share it with its user.
OF_NAME = Limit("name", free=10, first_s=1, longest_s=30, window_s=_HOUR)
# Failures of one address, whatever the name: many people may share it.
OF_ADDRESS = Limit("address", free=20, first_s=1, longest_s=300, window_s=_HOUR)
# A browser in which the user signed in before. It shares its delay with no one.
OF_BROWSER = Limit("browser", free=5, first_s=1, longest_s=900, window_s=_DAY)
# Names tried for the first time, by one address and by all: one password for many names.
NAMES_HERE = Limit("names-address", free=5, first_s=2, longest_s=300, window_s=_HOUR)
NAMES = Limit("names", free=20, first_s=0.5, longest_s=2, window_s=600)
_EVERYWHERE = "all"
Counted = tuple[tuple[Limit, str], ...]


@dataclass(frozen=True)
class Origin:
    """Where an attempt comes from.

    Attributes:
        address: the client's address (core.client_address).
        browser: the mark of a browser in which the user signed in before; empty for any other.
    """

    address: str
    browser: str = ""


def sign_in(request: HttpRequest, name: str, password: str, origin: Origin) -> User | None:
    """Return the user of a name and password; None if they are incorrect.

    Raises:
        TooManyAttempts: this attempt came too early; the password was not checked.
        ServerBusy: too many passwords are being checked.
    """
    folded = fold_name(name)
    with hashing_slot(known=bool(origin.browser)):
        counted, counts = _count(folded, origin)
        user = authenticate(request, username=name, password=password)
    if not isinstance(user, User):
        logger.warning("failed sign-in from %s", origin.address)
        _report_spraying(counts, origin.address)
        return None
    forget_attempts(*(each for each in counted if each[0] in (OF_NAME_HERE, OF_NAME, OF_BROWSER)))
    take_back_attempt(*(each for each in counted if each[0] in (OF_ADDRESS, NAMES_HERE, NAMES)))
    return user


def fold_name(name: str) -> str:
    """Return the form of a name under which its attempts are counted."""
    return unicodedata.normalize("NFKC", name).casefold()


def _count(name: str, origin: Origin) -> tuple[Counted, dict[str, int]]:
    """Count the attempt before the password is checked, so that parallel ones are counted, too."""
    if origin.browser:
        counted: Counted = ((OF_BROWSER, origin.browser),)
        return counted, count_attempt(*counted)
    counted = (
        (OF_NAME_HERE, f"{name}\n{origin.address}"),
        (OF_NAME, name),
        (OF_ADDRESS, origin.address),
    )
    with transaction.atomic():
        counts = count_attempt(*counted)
        if counts[OF_NAME_HERE.code] == 1:
            names: Counted = ((NAMES_HERE, origin.address), (NAMES, _EVERYWHERE))
            counted, counts = counted + names, counts | count_attempt(*names)
    return counted, counts


def _report_spraying(counts: dict[str, int], address: str) -> None:
    """Record once per window that many names are tried, by one address or by all together."""
    if counts.get(NAMES_HERE.code) == NAMES_HERE.free:
        _report("address", address, NAMES_HERE)
    if counts.get(NAMES.code) == NAMES.free:
        _report("installation", _EVERYWHERE, NAMES)


def _report(kind: str, which: str, limit: Limit) -> None:
    minutes = int(limit.window_s // 60)
    logger.warning(
        "suspected password spraying (%s %s): %s names in %s minutes",
        kind,
        which,
        limit.free,
        minutes,
    )
    subject = (kind, which)
    action = "suspect password spraying"
    audit.record(None, "sign-in", action, subject, names=limit.free, minutes=minutes)
