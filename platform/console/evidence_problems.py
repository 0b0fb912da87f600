"""Why a camera gave no picture, in words."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PROBLEMS: dict[str, str | Promise] = {
    "no_camera": _("no camera sees the place"),
    "timed_out": _("the camera did not answer"),
    "no_connection": _("the camera can't be reached"),
    "not_resolved": _("the camera's name is unknown"),
    "address_not_allowed": _("the camera is outside the allowed networks"),
    "port_not_allowed": _("the camera's port is not allowed"),
    "https_only": _("http is allowed in the site's own networks only"),
    "invalid_address": _("the address is not valid"),
    "tls": _("the camera's certificate is not valid"),
    "not_authorised": _("the camera refused user name and password"),
    "http_error": _("the camera answered with an error"),
    "not_a_jpeg": _("the camera sent no JPEG picture"),
    "too_large": _("the picture is too large"),
    "other_master_key": _("the password must be entered again"),
}
_OTHER = _("the picture can't be read")


def problem_label(code: str) -> str | Promise:
    """Return why there is no picture, in words; empty without a problem."""
    return PROBLEMS.get(code, _OTHER) if code else ""
