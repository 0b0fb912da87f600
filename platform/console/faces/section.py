"""Faces at doors: who is enrolled, enrolment at the desk, withdrawal, the filing."""

from django.utils.translation import gettext_lazy as _

from console.groups import GATE
from doors.permissions import DoorPermission
from ui.sections import Action, NavItem, Section

SECTION = Section(
    name="faces",
    prefix="faces/",
    urls="console.faces.urls",
    help_template="console/faces/help.html",
    navigation=(
        NavItem("faces", _("Faces at doors"), "user", DoorPermission.MANAGE_FACES, group=GATE),
    ),
    actions=(
        Action("choose_face", _("Enrol a face at the desk"), "user", DoorPermission.MANAGE_FACES),
    ),
)
