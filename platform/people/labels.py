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
}


def role_name(role: Role) -> str:
    """Return the name of a role; of a standard one, in the page's language."""
    return str(_STANDARD.get(role.code, role.name)) if role.site_id is None else role.name
