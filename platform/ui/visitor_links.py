"""Links to the page of a visitor's pass, and the text in which a resident sends one."""

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from access.models import VisitorPass


def visit_url(visit: VisitorPass) -> str:
    """Return the absolute address of the pass's page; knowing it is all that it needs."""
    return settings.PUBLIC_URL.rstrip("/") + reverse("portal:visit", args=[visit.code])


def message_of(visit: VisitorPass) -> str:
    """Return what a resident sends to a visitor, with times of the site's clock."""
    text = _("You are expected at %(site)s, %(unit)s, from %(begin)s until %(end)s: %(link)s")
    return text % {
        "site": visit.site.name,
        "unit": visit.unit,
        "begin": f"{timezone.localtime(visit.begins_at):%Y-%m-%d %H:%M}",
        "end": f"{timezone.localtime(visit.ends_at):%Y-%m-%d %H:%M}",
        "link": visit_url(visit),
    }
