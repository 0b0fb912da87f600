"""Dead letters: rejected messages of devices."""

from django.utils.translation import gettext_lazy as _

from console.groups import FIELD
from core.models import Site
from devices.permissions import DevicePermission
from devices.selectors import open_letters
from devices.topics import DEAD_LETTER
from ui.sections import Badge, NavItem, Section


def count_open(site: Site) -> int:
    """Count the rejected messages that were neither replayed nor discarded."""
    return open_letters(site).count()


SECTION = Section(
    name="dead_letters",
    prefix="dead-letters/",
    urls="console.dead_letters.urls",
    help_template="console/dead_letters/help.html",
    navigation=(
        NavItem(
            "dead_letters",
            _("Rejected messages"),
            "mail-x",
            DevicePermission.REPLAY_DEAD_LETTERS,
            group=FIELD,
            badge=Badge(
                "dead_letters",
                DevicePermission.REPLAY_DEAD_LETTERS,
                count_open,
                (DEAD_LETTER,),
            ),
        ),
    ),
)
