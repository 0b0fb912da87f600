"""The demo site's allow list, block list and visitor passes."""

from datetime import timedelta

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from access import lists
from core import clock
from core.models import Site, User
from people.models import Person

VISITORS = ["沪E9N456", "粤B5T118", "苏A7M369"]
ALLOWED = [("沪G3W901", _("waste collection")), ("沪H1Y234", _("parcel delivery"))]
BLOCKED = [("皖A4Q404", _("left three times without paying"))]


def fill_lists(site: Site, actor: User) -> None:
    """Add the entries of both lists, and issue the visitor passes."""
    now = clock.now()
    rows = [("allow", *row) for row in ALLOWED] + [("block", *row) for row in BLOCKED]
    for kind, plate, reason in rows:
        written = gettext(reason)
        lists.add_entry(site, actor, kind=kind, plate=plate, reason=written, begins_at=now)
    host = Person.objects.filter(site=site).earliest("pk")
    for plate in VISITORS:
        lists.issue_pass(
            site,
            actor,
            plate=plate,
            begins_at=now - timedelta(minutes=5),
            ends_at=now + timedelta(days=30),
            host=host,
            entries_allowed=100,
            free_minutes=120,
        )
