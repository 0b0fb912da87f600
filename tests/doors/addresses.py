"""The addresses of cards."""

from doors.permissions import DoorPermission
from tests.rooms import Address

VIEW, MANAGE = DoorPermission.VIEW_CARDS, DoorPermission.MANAGE_CARDS
CONSOLE = {
    "cards": Address(VIEW),
    "bulk_cards": Address(MANAGE, words=("return",)),
    "find_cardholders": Address(MANAGE, post_only=True),
    "issue_card": Address(MANAGE),
    "return_card": Address(MANAGE, "card"),
    "report_card_lost": Address(MANAGE, "card"),
    "suspend_card": Address(MANAGE, "card"),
    "reactivate_card": Address(MANAGE, "card"),
    "change_card_end": Address(MANAGE, "card"),
}
