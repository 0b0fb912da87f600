"""Meters and their readings."""

from django.utils.translation import gettext_lazy as _

from console.groups import MONEY
from metering.permissions import MeteringPermission
from metering.selectors import to_review
from metering.topics import METER
from ui.sections import Badge, NavItem, Section

SECTION = Section(
    name="meters",
    prefix="meters/",
    urls="console.meters.urls",
    help_template="console/meters/help.html",
    navigation=(
        NavItem(
            "meters",
            _("Meters"),
            "gauge",
            MeteringPermission.VIEW_METERS,
            group=MONEY,
            badge=Badge("readings", MeteringPermission.CORRECT_READINGS, to_review, (METER,)),
        ),
    ),
)
