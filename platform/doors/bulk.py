"""Issue and change many cards with a few statements; rows are validated before."""

from collections.abc import Mapping, Sequence
from datetime import date

from core import audit, live
from core.copying import copy_rows
from core.models import Site
from doors.device_lists import planning
from doors.models import Card
from doors.topics import CARD
from estate.services.common import Actor


def issue_cards(site: Site, actor: Actor, cards: Sequence[Card]) -> list[Card]:
    """Issue cards to people of the site, with the audit entry that each has."""
    created = copy_rows(cards)
    _record(site, actor, "issue card", created)
    return created


def change_card_ends(site: Site, actor: Actor, ends: Mapping[Card, date | None]) -> None:
    """Set the ends of cards in use."""
    for card, ends_on in ends.items():
        card.ends_on = ends_on
    Card.objects.bulk_update(list(ends), ["ends_on"], batch_size=200)
    _record(site, actor, "change card end", list(ends))


def remove_cards(site: Site, actor: Actor, cards: Sequence[Card]) -> None:
    """Remove cards that were issued by mistake."""
    _record(site, actor, "undo import", cards)
    Card.objects.filter(pk__in=[each.pk for each in cards]).delete()


def _record(site: Site, actor: Actor, action: str, cards: Sequence[Card]) -> None:
    subjects = [(("card", each.pk), {"person": each.person_id}) for each in cards]
    audit.record_all(site, actor, action, subjects)
    if cards:
        live.announce(CARD, site.pk)
        planning.refresh_site_later(site.pk)
