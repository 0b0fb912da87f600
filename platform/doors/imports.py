"""The list of cards: numbers with the people who hold them."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from core import clock, validation
from core.copying import new_row
from core.errors import Rejection
from core.imports import (
    Effect,
    ImportKind,
    Outcome,
    Staged,
    Values,
    Verdict,
    changed_since,
    in_use,
    register,
)
from core.models import Site, User
from core.tables import Choice, Code, DateColumn, LastDay, Text, WholeNumber
from doors import bulk
from doors.formats import require_possible
from doors.models import Card
from doors.permissions import DoorPermission
from doors.services import held_by, plain
from estate.unit_lookup import building_column, require_both, unit_column
from people.imports.columns import email_column, phone_column
from people.imports.matching import Register
from people.models import Person
from people.periods import today

#: Format, facility code and number.
_Key = tuple[str, int, int]


class CardNumber(Code):
    """The number of a card: digits, kept in full."""

    def parse(self, cell: str, order: Any) -> str:
        """Return the digits without leading zeros."""
        text = self.text(cell)
        if not (text.isascii() and text.isdecimal()):
            raise Rejection(
                self.code, "not_digits", _("is not a card's number"), _("enter its digits")
            )
        return str(int(text))


class CardsList(ImportKind):
    """A card a row, by its format and numbers."""

    code = "cards"
    title = gettext_lazy("Cards of people")
    about = gettext_lazy("One card per row, with the person who holds it.")
    permission = DoorPermission.MANAGE_CARDS
    order = 7
    personal = True
    columns = (
        CardNumber(
            code="number",
            title=gettext_lazy("Card number"),
            help=gettext_lazy("As readers report it; format the column as text."),
            required=True,
            longest=17,
            aliases=("卡号", "门禁卡号", "card"),
            example="34567",
        ),
        Choice(
            code="format",
            title=gettext_lazy("Format"),
            help=gettext_lazy("A number only, unless it says otherwise."),
            choices=dict(Card.Format.choices),
            also={
                **dict.fromkeys(("wg26", "韦根26"), Card.Format.WIEGAND_26.value),
                **dict.fromkeys(("wg34", "韦根34"), Card.Format.WIEGAND_34.value),
            },
            aliases=("卡格式", "卡类型"),
            example="wiegand26",
        ),
        WholeNumber(
            code="facility",
            title=gettext_lazy("Facility code"),
            help=gettext_lazy("Of the Wiegand formats only."),
            maximum=65_535,
            aliases=("区域码", "facility"),
            example="12",
        ),
        Text(
            code="name",
            title=pgettext_lazy("of a person", "Name"),
            help=gettext_lazy("Of the person who holds the card."),
            required=True,
            longest=120,
            aliases=("姓名", "持卡人", "业主姓名"),
            example="王小明",
        ),
        phone_column(),
        email_column(),
        building_column(),
        unit_column(),
        DateColumn(
            code="begins_on",
            title=gettext_lazy("From"),
            help=gettext_lazy("The first day; today if empty."),
            aliases=("开始日期", "发卡日期", "valid from"),
            example="2026-01-01",
        ),
        LastDay(
            code="ends_on",
            title=gettext_lazy("Last day"),
            help=gettext_lazy("The last day; empty if it goes on."),
            aliases=("到期日期", "结束日期", "有效期至", "until", "valid until"),
        ),
    )

    def normalise(self, site: Site, values: dict[str, Any]) -> None:
        """Complete the format, and check the numbers and the days against each other."""
        require_both(values)
        values["format"] = values.get("format") or Card.Format.NUMBER.value
        values["facility"] = values.get("facility") or 0
        require_possible(*_key(values))
        begins = values.get("begins_on") or today(site)
        validation.require_order(begins, values.get("ends_on"), "ends_on")

    def key(self, values: Values) -> str:
        """Return the format with the numbers."""
        return "\n".join(map(str, _key(values)))

    def check(self, site: Site, rows: Sequence[Staged], earlier: Sequence[Staged]) -> list[Verdict]:
        """Find each row's person, and compare the card of the number that is in use."""
        people = Register(site, [row.values for row in rows])
        numbers = [int(row.values["number"]) for row in rows]
        cards = Card.objects.filter(site=site, number__in=numbers, state__in=Card.IN_USE)
        known = {
            (each.format, each.facility, each.number): each
            for each in cards.select_related("person")
        }
        return [_verdict(row.values, people, known.get(_key(row.values))) for row in rows]

    def apply(
        self, site: Site, actor: User, rows: Sequence[tuple[Staged, Verdict]]
    ) -> list[Effect]:
        """Issue cards, and set other ends of cards."""
        new = [_card(site, row.values, verdict.target) for row, verdict in rows if _is_new(verdict)]
        created = bulk.issue_cards(site, actor, new)
        ends: dict[Card, date | None] = {
            verdict.target: verdict.changes["ends_on"][1]
            for _row, verdict in rows
            if not _is_new(verdict)
        }
        changed = [
            Effect("card", each.pk, {"ends_on": plain(each.ends_on)}, {"ends_on": plain(end)})
            for each, end in ends.items()
        ]
        bulk.change_card_ends(site, actor, ends)
        return [*(Effect("card", each.pk) for each in created), *changed]

    def undo(self, site: Site, actor: User, effects: Sequence[Effect]) -> None:
        """Remove cards that are as they were issued, and restore the ends of others."""
        rows = Card.objects.filter(site=site).in_bulk([each.subject_id for each in effects])
        ends: dict[Card, date | None] = {}
        for effect in effects:
            card = rows.get(effect.subject_id)
            if effect.after:
                if card is None or plain(card.ends_on) != effect.after["ends_on"]:
                    raise changed_since(str(card or "–"))
                ends[card] = _day(effect.before["ends_on"])
        issued = [rows[each.subject_id] for each in effects if each.subject_id in rows]
        issued = [each for each in issued if each not in ends]
        handled = next((each for each in issued if each.state != Card.State.ACTIVE), None)
        if handled is not None:
            raise in_use(str(handled))
        bulk.change_card_ends(site, actor, ends)
        bulk.remove_cards(site, actor, issued)


def _key(values: Values) -> _Key:
    return values["format"], values["facility"], int(values["number"])


def _is_new(verdict: Verdict) -> bool:
    return verdict.outcome == Outcome.NEW


def _verdict(values: Values, people: Register, card: Card | None) -> Verdict:
    verdict = Verdict()
    try:
        person = _holder(people, values)
        verdict.target = person
        if card is not None:
            if card.person_id != person.pk:
                raise held_by(card.person.name)
            verdict.target = card
            verdict.compare({"ends_on": card.ends_on}, values)
            validation.require_order(card.begins_on, values.get("ends_on"), "ends_on")
    except Rejection as rejection:
        verdict.reject(rejection)
    return verdict


def _holder(people: Register, values: Values) -> Person:
    person = people.find(values)
    if person is None or person.erased_at is not None:
        raise Rejection(
            "name",
            "unknown_person",
            _("is not registered at the site with this phone or unit"),
            _("import the person first, or correct the name, phone or unit"),
        )
    return person


def _card(site: Site, values: Values, person: Person) -> Card:
    card_format, facility, number = _key(values)
    return new_row(
        Card,
        {"site": site, "person": person},
        format=card_format,
        facility=facility,
        number=number,
        state_at=clock.now(),
        issued_at=clock.now(),
        begins_on=values.get("begins_on") or today(site),
        ends_on=values.get("ends_on"),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


register(CardsList())
