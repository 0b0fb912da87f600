"""Imports of lists."""

from django.utils.translation import gettext_lazy as _

from console.groups import SITE
from core.permissions import SitePermission
from ui.sections import Action, NavItem, Section

SECTION = Section(
    name="imports",
    prefix="imports/",
    urls="console.imports.urls",
    help_template="console/imports/help.html",
    navigation=(
        NavItem(
            "imports", _("Imports"), "arrow-bar-to-down", SitePermission.IMPORT_LISTS, group=SITE
        ),
    ),
    actions=(
        Action("new_import", _("Import a list"), "arrow-bar-to-down", SitePermission.IMPORT_LISTS),
    ),
)
