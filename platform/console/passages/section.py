"""Passages: every car that came to a lane, and what was decided."""

from django.utils.translation import gettext_lazy as _

from access.permissions import AccessPermission
from console.groups import GATE
from console.passages.search import find_passages
from ui.sections import NavItem, SearchProvider, Section

SECTION = Section(
    name="passages",
    prefix="passages/",
    urls="console.passages.urls",
    navigation=(
        NavItem("passages", _("Passages"), "history", AccessPermission.VIEW_PASSAGES, group=GATE),
    ),
    search=(SearchProvider(_("Passages"), AccessPermission.VIEW_PASSAGES, find_passages),),
)
