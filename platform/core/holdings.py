"""What the rooms hold of a person: exported on request, and erased.

Each room registers its part in its `holdings.py`. A part finds what belongs to a person by the
person's key, and by plates, telephone numbers and e-mail addresses, which stand in rows without
the key: a passage, a rejected message, a message that waits in the outbox.

Names are no means to find anything: several people may have one.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote, quote_plus

from django.db.models import F, JSONField, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Replace

Row = Mapping[str, Any]
#: Shorter texts are in too many others.
SHORTEST_TERM = 5


@dataclass(frozen=True)
class PlateUse:
    """A plate that is the person's.

    Attributes:
        plate, folded: its spelling, and with look-alikes folded.
        begins_at, ends_at: when it was, where others had it at other times; else None.
    """

    plate: str
    folded: str
    begins_at: datetime | None = None
    ends_at: datetime | None = None

    @property
    def is_only_theirs(self) -> bool:
        """Whether nobody else has had the plate at the site."""
        return self.begins_at is None and self.ends_at is None


@dataclass(frozen=True)
class Identity:
    """By what a person is found.

    Attributes:
        site_id, person_id: the person's row.
        plates: of the vehicles that are or were registered to the person.
        phones, emails: as they are stored.
    """

    site_id: int
    person_id: int
    plates: tuple[PlateUse, ...] = ()
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()

    @property
    def terms(self) -> tuple[str, ...]:
        """The texts that are the person's wherever they stand."""
        plates = (each.plate for each in self.plates if each.is_only_theirs)
        digits = ("".join(filter(str.isdecimal, phone)) for phone in self.phones)
        found = dict.fromkeys([*plates, *self.phones, *digits, *self.emails])
        return tuple(text for text in found if len(text) >= SHORTEST_TERM)

    def with_plate(self, plate: str = "plate", at: str = "") -> Q:
        """Return the condition for rows with one of the plates.

        Args:
            plate: the field of the plate.
            at: the field of the row's time, for plates that others had at other times; without
                one, such plates are left out.
        """
        condition = Q(pk__in=[])
        for each in self.plates:
            if each.is_only_theirs:
                condition |= Q(**{plate: each.plate})
            elif at:
                condition |= Q(**{plate: each.plate}) & _between(at, each)
        return condition


@dataclass(frozen=True)
class Erased:
    """What a part has erased.

    Attributes:
        rows: how many rows were deleted or blanked.
        kept: how many rows stay for a legal reason, by that reason.
    """

    rows: int = 0
    kept: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """What one room holds of people.

    Attributes:
        room: its name.
        export: yields each kind of row with the rows as plain JSON.
        erase: removes it, in the caller's transaction.
        blocks: yields sentences that say what must be settled before anything is erased.
        is_last: whether it is erased after the others, which need it to find the person's rows.
    """

    room: str
    export: Callable[[Identity], Iterable[tuple[str, list[Row]]]]
    erase: Callable[[Identity], Erased]
    blocks: Callable[[Identity], Iterable[str]] = lambda identity: ()
    is_last: bool = False


_parts: dict[str, Part] = {}


def register(part: Part) -> None:
    """Declare what a room holds; called by its `holdings.py`."""
    _parts[part.room] = part


def parts() -> list[Part]:
    """Return the parts of all rooms in the order of erasure."""
    return sorted(_parts.values(), key=lambda part: part.is_last)


def export(identity: Identity) -> dict[str, dict[str, list[Row]]]:
    """Return all that is held of a person, by room and kind of row."""
    found = {part.room: dict(part.export(identity)) for part in parts()}
    return {room: kinds for room, kinds in found.items() if any(kinds.values())}


def blocks(identity: Identity) -> list[str]:
    """Return what must be settled before the person's data can be erased."""
    return [sentence for part in parts() for sentence in part.blocks(identity)]


def rows_of(rows: QuerySet[Any], *fields: str) -> list[Row]:
    """Return fields of rows as plain JSON."""
    return [{name: _plain(value) for name, value in row.items()} for row in rows.values(*fields)]


def clear_terms(rows: QuerySet[Any], identity: Identity, *fields: str) -> int:
    """Remove the person's texts from text and JSON fields; return how many fields changed.

    The rows are read once, whatever number of texts and fields there are.
    """
    keys = list(with_terms(rows, identity, *fields).values_list("pk", flat=True))
    if not keys:
        return 0
    found = rows.model._base_manager.filter(pk__in=keys)
    return sum(_clear(found, name, term) for name in fields for term in identity.terms)


def with_terms(rows: QuerySet[Any], identity: Identity, *fields: str) -> QuerySet[Any]:
    """Return the rows of which a text or JSON field holds one of the person's texts."""
    condition = Q(pk__in=[])
    for name in fields:
        rows = rows.alias(**{f"{name}_text": Cast(name, TextField())})
        for term in identity.terms:
            condition |= Q(**{f"{name}_text__contains": _written(rows, name, term)})
    return rows.filter(condition)


def encodings(term: str) -> Iterator[bytes]:
    """Yield the bytes that stand for a text in a device's message."""
    yield term.encode()
    yield json.dumps(term)[1:-1].encode()
    yield term.encode("gb18030", "ignore")


def in_query(query: str, identity: Identity) -> bool:
    """Return whether a query string holds one of the person's texts."""
    return any(
        form in query for term in identity.terms for form in (term, quote(term), quote_plus(term))
    )


def _clear(rows: QuerySet[Any], name: str, term: str) -> int:
    text = Cast(F(name), TextField())
    without = Replace(text, Value(_written(rows, name, term)), Value(""))
    own = rows.model._meta.get_field(name)
    value = Cast(without, JSONField()) if isinstance(own, JSONField) else without
    found = rows.alias(own_text=text).filter(own_text__contains=_written(rows, name, term))
    return found.update(**{name: value})


def _written(rows: QuerySet[Any], name: str, term: str) -> str:
    """Return how a text is written in a field: in JSON with its escapes."""
    is_json = isinstance(rows.model._meta.get_field(name), JSONField)
    return json.dumps(term, ensure_ascii=False)[1:-1] if is_json else term


def _between(at: str, use: PlateUse) -> Q:
    condition = Q()
    if use.begins_at is not None:
        condition &= Q(**{f"{at}__gte": use.begins_at})
    if use.ends_at is not None:
        condition &= Q(**{f"{at}__lt": use.ends_at})
    return condition


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str | list | dict):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
