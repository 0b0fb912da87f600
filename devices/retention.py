"""How long the content of devices' messages is kept: it may hold plates."""

from django.utils.translation import gettext_lazy as _

from core import retention

DETAILS, DEAD_LETTERS = "device_messages", "rejected_messages"
# A message may contain a plate: its content is erased earlier (specification, R5), its key stays.
_DETAIL_DAYS = 30
_DEAD_LETTER_DAYS = 90


def register_classes() -> None:
    """Declare the classes of data about messages of devices."""
    retention.register(
        retention.DataClass(
            DETAILS,
            _("Content of messages of devices"),
            _("from the receipt"),
            lambda: _DETAIL_DAYS,
            longest=365,
        )
    )
    retention.register(
        retention.DataClass(
            DEAD_LETTERS,
            _("Rejected messages of devices"),
            _("from the receipt"),
            lambda: _DEAD_LETTER_DAYS,
            longest=365,
        )
    )
