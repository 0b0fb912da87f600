"""The list of cards: columns, filters, and returning several at once."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from console.credential_acts import CARD_ACTS
from console.holder_cells import holder
from core.models import Site, User
from core.permissions import SitePermission
from core.undo import Changes
from doors import selectors, services
from doors.models import Card
from doors.permissions import DoorPermission
from doors.topics import CARD
from people.periods import last_day
from ui.forms import ConfirmForm
from ui.lists import (
    BulkAction,
    Column,
    FirstStep,
    ListFilter,
    Listing,
    Preset,
    choice_filter,
    conditions,
    search_filter,
)
from ui.lists.cells import RowPage, dialog_button, history_link, state

State = Card.State
_IN_USE = "in_use"
_TONES = {State.ACTIVE: "go", State.SUSPENDED: "wait", State.LOST: "stop"}


class CardFilter(ListFilter):
    """Filters of cards."""

    private = frozenset({"q"})

    q = search_filter(_("Person or card number"))
    state = choice_filter(_("State"), [(_IN_USE, _("in use")), *State.choices])
    format = choice_filter(_("Format"), Card.Format.choices)


def _matching(site: Site, rows: QuerySet[Card], text: str) -> QuerySet[Card]:
    found = Q(person__name__icontains=text) | Q(pk__in=selectors.with_number(site, text))
    return rows.filter(found)


def _number(card: Card, _page: RowPage) -> object:
    text = '<span>{}<br><span class="muted small">{}</span></span>'
    return format_html(text, card, card.get_format_display())


def _issued(card: Card, _page: RowPage) -> object:
    return format_html("<time>{}</time>", f"{timezone.localtime(card.issued_at):%Y-%m-%d}")


def _state(card: Card, _page: RowPage) -> object:
    return state(card.get_state_display(), _TONES.get(State(card.state), ""))


def _acts(card: Card, page: RowPage) -> object:
    """Return the first two dialogs of a card, and the link to its history.

    The page of its holder has all of them.
    """
    shown: list[object] = []
    if DoorPermission.MANAGE_CARDS in page.permissions:
        acts = CARD_ACTS.get(card.state, ())[:2]
        shown = [
            dialog_button(page.address(f"console:{name}", card.pk), label) for name, label in acts
        ]
    if SitePermission.VIEW_AUDIT in page.permissions:
        log = page.list_address("console:audit_log")
        shown.append(history_link(f"{log}?kind=card&subject={card.pk}"))
    return format_html_join("", "{}", ((each,) for each in shown))


def _return(_site: Site, actor: User, rows: Sequence[Card], _data: Mapping[str, Any]) -> Changes:
    return services.return_cards(rows, actor)


CARDS = Listing(
    name="cards",
    title=_("Cards"),
    rows=selectors.cards,
    columns=(
        Column("number", _("Card number"), str, fixed=True),
        Column("person", _("Person"), lambda card: card.person.name),
        Column("homes", _("Unit"), lambda card: card.person.homes),
        Column("state", _("State"), lambda card: card.get_state_display()),
        Column(
            "issued", pgettext_lazy("a card", "Issued"), lambda c: c.issued_at, sort="issued_at"
        ),
        Column("ends", _("Last day"), lambda card: last_day(card.ends_on)),
        Column("acts", _("Actions"), None, fixed=True),
    ),
    cells={
        "number": _number,
        "person": holder,
        "state": _state,
        "issued": _issued,
        "acts": _acts,
    },
    sort="-issued",
    filters=CardFilter,
    lookups={
        "q": _matching,
        "state": conditions({_IN_USE: Q(state__in=Card.IN_USE)}, "state"),
        "format": "format",
    },
    first_query={"state": _IN_USE},
    presets=(
        Preset(_("In use"), {"state": _IN_USE}),
        Preset(pgettext_lazy("a card", "Lost"), {"state": State.LOST}),
        Preset(_("Suspended"), {"state": State.SUSPENDED}),
        Preset(_("All"), {}),
    ),
    actions=(
        BulkAction(
            name="return",
            label=pgettext_lazy("a card", "Return"),
            permission=DoorPermission.MANAGE_CARDS,
            question=lambda n: ngettext("Return %(n)s card", "Return %(n)s cards", n) % {"n": n},
            consequence=_("They open no door any more, and their numbers can be issued again."),
            perform=_return,
            form=ConfirmForm,
            done=lambda n: ngettext("%(n)s card returned.", "%(n)s cards returned.", n) % {"n": n},
            undo=services.undo_return,
        ),
    ),
    actions_url="console:bulk_cards",
    topics=(CARD.name,),
    empty=_("No cards yet. Issue the first one, or import a list of numbers and people."),
    first_step=FirstStep(_("Issue card"), "console:issue_card", DoorPermission.MANAGE_CARDS),
)
