"""Dead letters: rejected messages of devices."""

from django.utils.translation import gettext_lazy as _

from console.groups import FIELD
from devices.permissions import DevicePermission
from devices.selectors import open_letters
from devices.topics import DEAD_LETTER
from ui.sections import Badge, NavItem, Section

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
                open_letters,
                (DEAD_LETTER,),
            ),
        ),
    ),
)
