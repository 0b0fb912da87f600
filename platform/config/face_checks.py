"""The checks of what recognises faces."""

from django.conf import settings
from django.utils.translation import gettext as _

from core.health import CheckResult
from core.text_lists import joined
from devices.vision.engine_files import MissingEngine
from devices.vision.faces.engines import ENGINES, EngineKind

PART = "faces"


def face_engine() -> CheckResult:
    """Say whether the engine for faces can be used, and why not.

    An installation without it is in order: nobody's face is enrolled there.
    """
    kind = ENGINES.get(settings.FACE_ENGINE)
    if kind is None:
        text = _("%(name)s is not known.") % {"name": settings.FACE_ENGINE}
        hint = _("set %(setting)s to one of: %(names)s.")
        known = {"setting": "GATEHOUSE_FACE_ENGINE", "names": joined(ENGINES)}
        return CheckResult(PART, text, hint % known)
    problem = kind.problem()
    if problem is not None:
        text = _("%(problem)s No face can be enrolled.")
        return CheckResult(PART, text % {"problem": _missing(kind, problem)})
    shown = {"name": kind.name, "version": kind.version()}
    text = _("%(name)s %(version)s. It can't tell a person from a photo of one.")
    return CheckResult(PART, text % shown)


def _missing(kind: EngineKind, problem: MissingEngine) -> str:
    if problem.code == "not_installed":
        text = _("%(name)s is not installed (%(command)s).")
        return text % {"name": joined(problem.names), "command": kind.install}
    if problem.code == "no_folder":
        text = _("the folder of the weights of %(name)s is not set (%(setting)s).")
        return text % {"name": kind.name, "setting": "DEEPFACE_HOME"}
    text = _("%(files)s is missing in %(folder)s.")
    return text % {"files": joined(problem.names), "folder": problem.folder}
