"""Cards of people: issue, return, loss."""

from django.utils.translation import gettext_lazy as _

from console.cards.search import find_cards
from console.groups import GATE
from doors.permissions import DoorPermission
from ui.sections import Action, NavItem, SearchProvider, Section

SECTION = Section(
    name="cards",
    prefix="cards/",
    urls="console.cards.urls",
    help_template="console/cards/help.html",
    navigation=(NavItem("cards", _("Cards"), "key", DoorPermission.VIEW_CARDS, group=GATE),),
    search=(SearchProvider(_("Cards"), DoorPermission.VIEW_CARDS, find_cards),),
    actions=(Action("issue_card", _("Issue a card"), "key", DoorPermission.MANAGE_CARDS),),
)
