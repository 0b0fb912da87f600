"""What standard roles are called on pages."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.permissions import StandardRole
from people.models import Role

_STANDARD: dict[str, str | Promise] = {
    StandardRole.MANAGER: _("Manager"),
    StandardRole.GUARD: _("Guard"),
    StandardRole.FINANCE: _("Finance"),
    StandardRole.SECURITY: _("Security"),
    StandardRole.TECHNICIAN: _("Technician"),
    StandardRole.LIAISON: _("Liaison"),
}


def standard_name(code: str) -> str:
    """Return the name under which a standard role is stored; empty if there is none."""
    return StandardRole(code).name.capitalize() if code in _STANDARD else ""


def role_name(role: Role) -> str:
    """Return the name of a role; a standard name is in the page's language."""
    return role_label(role.code, role.name)


def role_label(code: str, name: str = "") -> str:
    """Return what a role is called by its code and the name under which it is stored.

    Args:
        name: empty where it is not known; a standard role then has its standard name.
    """
    if code in _STANDARD and name in ("", standard_name(code)):
        return str(_STANDARD[code])
    return name or code
