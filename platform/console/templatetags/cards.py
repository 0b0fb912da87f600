"""What can be done about a card, for templates."""

from django import template
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.models import Site
from doors.models import Card

register = template.Library()
State = Card.State
_RETURN = ("return_card", pgettext_lazy("a card", "Return"))
_LOST = ("report_card_lost", pgettext_lazy("a card", "Lost"))
_SUSPEND = ("suspend_card", _("Suspend"))
_ACTIVATE = ("reactivate_card", _("Activate"))
_CHANGE_END = ("change_card_end", _("Change last day"))
#: The dialogs of a card in a state, by the name of the URL.
ACTS: dict[str, tuple[tuple[str, str | Promise], ...]] = {
    State.ACTIVE: (_RETURN, _LOST, _SUSPEND, _CHANGE_END),
    State.SUSPENDED: (_ACTIVATE, _RETURN, _LOST, _CHANGE_END),
    State.LOST: (_ACTIVATE, _RETURN),
}


@register.filter
def card_acts(card: Card, site: Site) -> list[tuple[str, str | Promise]]:
    """Return the addresses and labels of the dialogs of a card."""
    acts = ACTS.get(card.state, ())
    return [(reverse(f"console:{name}", args=[site.slug, card.pk]), text) for name, text in acts]
