"""The engine for faces of this process: one child process, started with the first photo."""

from functools import lru_cache

from django.conf import settings
from django.utils.translation import gettext as _

from core.errors import Rejection
from devices.vision.engine_files import MissingEngine
from devices.vision.faces.engines import ENGINES
from devices.vision.faces.isolated import IsolatedFaces


@lru_cache(maxsize=1)
def engine() -> IsolatedFaces:
    """Return the engine that the settings name; its process starts when it is first asked."""
    return IsolatedFaces(settings.FACE_ENGINE)


def problem() -> MissingEngine | LookupError | None:
    """Return why faces can't be recognised here; None where they can."""
    kind = ENGINES.get(settings.FACE_ENGINE)
    return LookupError(settings.FACE_ENGINE) if kind is None else kind.problem()


def unavailable() -> Rejection:
    """Return the rejection of what needs the engine."""
    return Rejection(
        "photo",
        "engine_unavailable",
        _("photos can't be checked at the moment"),
        _("try again in a minute, or ask the management"),
    )
