"""Silences of incidents."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from console.groups import WATCH
from core.models import Site
from incidents.models import Silence
from incidents.muting import current_silences
from incidents.permissions import IncidentPermission
from incidents.topics import SILENCE
from ui.sections import Badge, NavItem, Section

_SILENCE = IncidentPermission.SILENCE_INCIDENTS


def current(site: Site) -> QuerySet[Silence]:
    """Return the silences that mute incidents now."""
    return current_silences(site.pk)


SECTION = Section(
    name="silences",
    prefix="silences/",
    urls="console.silences.urls",
    help_template="console/silences/help.html",
    navigation=(
        NavItem(
            "silences",
            _("Silences"),
            "moon",
            _SILENCE,
            group=WATCH,
            badge=Badge("silences", _SILENCE, current, (SILENCE,)),
        ),
    ),
)
