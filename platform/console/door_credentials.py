"""What a person shows at doors, as the page of the person lists it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from console.credential_acts import CARD_ACTS, TOKEN_ACTS, UNLOCK_PIN, Acts
from doors import selectors
from doors.models import Card, Credential, FaceTemplate, Token
from doors.permissions import DoorPermission
from people.models import Person
from ui.lists.cells import state
from ui.pages import SiteRequest

State, Means = Credential.State, Token.Means
_TONES = {State.ACTIVE: "go", State.SUSPENDED: "wait", State.LOST: "stop"}


@dataclass(frozen=True)
class Shown:
    """One credential on the page.

    Attributes:
        title: which one, such as a card's number.
        note: of which kind.
        kind, pk: the row as the audit log's subject; empty and 0 for a face.
        state: its state as a label; a PIN that is locked says so.
        begins_on: the first day.
        ends_on: the day after the last one.
        used_at: when it last opened a door, as far as passages are kept.
        acts: addresses and labels of its dialogs.
        print_url: where a printed code is shown.
        is_in_use: whether it isn't returned or ended.
    """

    title: str
    note: str
    kind: str
    pk: int
    state: SafeString
    begins_on: date
    ends_on: date | None
    used_at: datetime | None
    acts: list[tuple[str, str | Promise]]
    print_url: str = ""
    is_in_use: bool = True


def credentials_of(request: SiteRequest, person: Person) -> dict[str, Any]:
    """Return the credentials of a person in use and ended, and what may be issued."""
    permitted = request.site_permissions
    shows_use = DoorPermission.VIEW_DOOR_PASSAGES in permitted
    uses = selectors.last_uses(person) if shows_use else {}
    cards, tokens = selectors.cards_of(person), list(selectors.tokens_of(person))
    found = list(
        chain(
            (_card(request, card, uses) for card in cards),
            (_token(request, token, uses) for token in tokens),
        )
    )
    return {
        "in_use": [each for each in found if each.is_in_use] + _faces(person, uses),
        "ended": [each for each in found if not each.is_in_use],
        "shows_use": shows_use,
        "has_pin": _has(tokens, Means.PIN),
        "has_phone": _has(tokens, Means.PHONE),
    }


def _has(tokens: Iterable[Token], means: Token.Means) -> bool:
    return any(each.means == means and each.is_in_use for each in tokens)


def _card(request: SiteRequest, card: Card, uses: dict[Any, datetime]) -> Shown:
    return Shown(
        title=str(card),
        note=card.get_format_display(),
        kind="card",
        pk=card.pk,
        state=_state(card),
        begins_on=card.begins_on,
        ends_on=card.ends_on,
        used_at=uses.get(("card", card.pk)),
        acts=_acts(request, CARD_ACTS.get(card.state, ()), card.pk),
        is_in_use=card.is_in_use,
    )


def _token(request: SiteRequest, token: Token, uses: dict[Any, datetime]) -> Shown:
    acts = TOKEN_ACTS.get(token.state, ())
    if token.locked_at and token.is_in_use:
        acts = (UNLOCK_PIN, *acts)
    prints = token.is_static and token.state == State.ACTIVE
    return Shown(
        title=str(token),
        note=_note(token),
        kind="door_token",
        pk=token.pk,
        state=_state(token, token.locked_at is not None),
        begins_on=token.begins_on,
        ends_on=token.ends_on,
        used_at=uses.get((token.means, token.pk)),
        acts=_acts(request, acts, token.pk),
        print_url=_address(request, "printed_code", token.pk) if prints else "",
        is_in_use=token.is_in_use,
    )


def _faces(person: Person, uses: dict[Any, datetime]) -> list[Shown]:
    faces = FaceTemplate.objects.filter(person=person).order_by("enrolled_at")
    return [
        Shown(
            title=pgettext("at a door", "face"),
            note=_("by consent"),
            kind="",
            pk=0,
            state=state(pgettext("of a face", "enrolled"), _TONES[State.ACTIVE]),
            begins_on=face.enrolled_at.date(),
            ends_on=face.ends_at.date() if face.ends_at else None,
            used_at=uses.get(("face", None)),
            acts=[],
        )
        for face in faces
    ]


def _note(token: Token) -> str:
    if token.means != Means.QR:
        return ""
    return _("printed") if token.is_static else _("changes every 30 seconds")


def _state(credential: Card | Token, is_locked: bool = False) -> SafeString:
    if is_locked and credential.state == State.ACTIVE:
        return state(_("locked after five refusals"), "stop")
    return state(credential.get_state_display(), _TONES.get(State(credential.state), ""))


def _acts(request: SiteRequest, acts: Acts, pk: int) -> list[tuple[str, str | Promise]]:
    if DoorPermission.MANAGE_CARDS not in request.site_permissions:
        return []
    return [(_address(request, name, pk), label) for name, label in acts]


def _address(request: SiteRequest, name: str, pk: int) -> str:
    return reverse(f"console:{name}", args=[request.site.slug, pk])
