"""What the holders of rights are called."""

from django.utils.translation import gettext as _

from doors.models import Right
from people.labels import role_name
from people.models import Role


def name_of(right: Right) -> str:
    """Return whom a right is for: ``Li Wei``, ``Unit 3-0803``, ``Staff of Harbour Freight``."""
    holder = right.holder
    if isinstance(holder, Role):
        return _("Staff with the role %(role)s") % {"role": role_name(holder)}
    texts = {
        Right.Who.PERSON: "%(name)s",
        Right.Who.HOUSEHOLD: _("Unit %(name)s"),
        Right.Who.BUILDING: _("Residents of %(name)s"),
        Right.Who.COMPANY: _("Staff of %(name)s"),
        Right.Who.VISIT: _("Visitor %(name)s"),
        Right.Who.RESIDENTS: _("All who live or work at the site"),
    }
    return texts[Right.Who(right.who)] % {"name": holder}
