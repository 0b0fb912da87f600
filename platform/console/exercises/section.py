"""Exercises, and the banner that every page has while one is under way."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from console.groups import WATCH
from core.models import Site
from core.permissions import SitePermission
from incidents import exercises
from incidents.models import Exercise
from incidents.permissions import IncidentPermission
from ui.sections import Banner, NavItem, Section


def banner(site: Site, _page: str) -> dict[str, Any]:
    """Return the exercise that is under way."""
    return {"exercise": exercises.current(site)}


def running(site: Site) -> tuple[QuerySet[Exercise], ...]:
    """Return what the banner shows; without a row, it is empty until an exercise starts."""
    return (exercises.running_at(site),)


SECTION = Section(
    name="exercises",
    prefix="exercises/",
    urls="console.exercises.urls",
    help_template="console/exercises/help.html",
    banner=Banner("console/exercises/banner.html", SitePermission.VIEW_SITE, None, banner, running),
    navigation=(
        NavItem(
            "exercises",
            _("Exercises"),
            "player-play",
            IncidentPermission.RUN_EXERCISES,
            group=WATCH,
        ),
    ),
)
