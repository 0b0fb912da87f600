"""Visitors: today, waiting for approval, inside, overdue; their rules, and who is banned."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from access.models import VisitorPass
from console.groups import GATE
from core.models import Site
from doors.permissions import DoorPermission
from doors.topics import VISIT
from doors.visits import selectors
from ui.sections import Action, Badge, NavItem, Section


def waiting(site: Site) -> QuerySet[VisitorPass]:
    """Return the visits that the staff may approve."""
    return VisitorPass.objects.filter(selectors.is_waiting(), site=site)


SECTION = Section(
    name="visitors",
    prefix="visits/",
    urls="console.visitors.urls",
    help_template="console/visitors/help.html",
    navigation=(
        NavItem(
            "visits",
            _("Visitors"),
            "users-group",
            DoorPermission.VIEW_VISITORS,
            group=GATE,
            badge=Badge("visits", DoorPermission.VIEW_VISITORS, waiting, topics=(VISIT,)),
        ),
    ),
    actions=(
        Action("issue_visit", _("Register a visitor"), "user-plus", DoorPermission.MANAGE_VISITORS),
        Action(
            "issue_delivery_code",
            _("Issue a code for a delivery"),
            "key",
            DoorPermission.MANAGE_VISITORS,
        ),
    ),
)
