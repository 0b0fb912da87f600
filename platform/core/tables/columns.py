"""Columns of a list: their titles in every language, and what a cell below them may hold."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import override

from core.errors import Rejection
from core.tables.cells import half_width, strip
from core.tables.damage import require_intact, require_intact_text
from core.tables.dates import DateOrder, parse_date
from core.tables.numbers import parse_decimal, parse_whole
from core.text_lists import joined

_DAY = timedelta(days=1)
_SPACES = re.compile(r"\s+")
_PHONE = re.compile(r"\+?[0-9][0-9 ()/.\-]{2,30}[0-9]")
YES = frozenset({"1", "yes", "y", "true", "是", "x", "√"})
NO = frozenset({"0", "no", "n", "false", "否", "-"})


@dataclass(frozen=True, kw_only=True, eq=False)
class Column:
    """A column of a list; its cells are texts of one line.

    Attributes:
        code: its name in code, and a title that is always accepted.
        title: its title on pages and templates.
        help: what belongs there, in a sentence.
        example: a value for the template.
        required: whether every row needs a value.
        aliases: further titles, such as those that other systems export.
        longest: the most characters.
    """

    code: str
    title: str | Promise
    help: str | Promise = ""
    example: str = ""
    required: bool = False
    aliases: Sequence[str] = ()
    longest: int = 200
    is_code: ClassVar[bool] = False

    def names(self) -> Iterator[str]:
        """Yield the titles that name this column, in every language."""
        yield from (self.code, *self.aliases)
        yield from in_every_language(self.title)

    def read(self, cell: str, order: DateOrder = DateOrder.UNKNOWN) -> Any:
        """Return the value of a cell; None if it is empty.

        Raises:
            Rejection: the cell is damaged or malformed, or empty though required.
        """
        if not cell:
            if self.required:
                raise Rejection(self.code, "missing", _("is required"), _("enter a value"))
            return None
        require_intact(self.code, cell)
        return self.parse(cell, order)

    def parse(self, cell: str, order: DateOrder) -> Any:
        """Return the value of a cell that is not empty and not damaged."""
        return self.text(cell)

    def dump(self, value: Any) -> Any:
        """Return a value as plain JSON."""
        return value

    def load(self, stored: Any) -> Any:
        """Return the value that `dump` has stored."""
        return stored

    def shown(self, stored: Any) -> Any:
        """Return a stored value as the list writes it."""
        return stored

    def text(self, cell: str) -> str:
        """Return a cell as text of one line.

        Raises:
            Rejection: a spreadsheet has made a number or a date of it, or it is too long.
        """
        require_intact_text(self.code, cell)
        if self.is_code:
            cell = half_width(cell)
        text = _SPACES.sub(" ", strip(cell))
        if len(text) > self.longest:
            raise Rejection(
                self.code,
                "too_long",
                _("has more than %(most)s characters") % {"most": self.longest},
                _("shorten it"),
            )
        return text


class Text(Column):
    """A name or another text, as it is written."""


class Code(Column):
    """A code or a number that names something: full-width letters and digits become ASCII."""

    is_code = True


class Phone(Code):
    """A telephone number: digits, with a leading plus for a country's code."""

    def parse(self, cell: str, order: DateOrder) -> str:
        text = self.text(cell)
        if not _PHONE.fullmatch(text):
            raise Rejection(
                self.code,
                "not_a_phone",
                _("is not a telephone number"),
                _("enter its digits, such as 13800001234 or +86 138 0000 1234"),
            )
        return text


class Email(Code):
    """An e-mail address."""

    def parse(self, cell: str, order: DateOrder) -> str:
        text = self.text(cell)
        try:
            validate_email(text)
        except ValidationError:
            raise Rejection(
                self.code, "not_an_email", _("is not an e-mail address"), _("correct the address")
            ) from None
        return text


@dataclass(frozen=True, kw_only=True, eq=False)
class Choice(Column):
    """One of some values, by its code or by its label in any language.

    Attributes:
        choices: the label of each value.
        also: further words for values.
    """

    choices: Mapping[str, str | Promise]
    also: Mapping[str, str] = field(default_factory=dict)

    def parse(self, cell: str, order: DateOrder) -> str:
        value = self._values.get(_folded(cell))
        if value is not None:
            return value
        raise Rejection(
            self.code,
            "not_a_choice",
            _("“%(value)s” is not one of the values") % {"value": cell[:40]},
            _("choose one of %(values)s") % {"values": self.listed()},
        )

    @cached_property
    def _values(self) -> Mapping[str, str]:
        """The value that each word means; further words come before labels."""
        labelled = {
            _folded(word): value
            for value, label in reversed(list(self.choices.items()))
            for word in (*in_every_language(label), value)
        }
        return {**labelled, **self.also}

    def listed(self) -> str:
        """Return the labels in the current language."""
        return joined(str(label) for label in self.choices.values())


class YesNo(Column):
    """Yes or no, in either language."""

    def parse(self, cell: str, order: DateOrder) -> bool:
        text = _folded(cell)
        if text not in YES | NO:
            problem = _("“%(value)s” is neither yes nor no") % {"value": cell[:40]}
            raise Rejection(self.code, "not_a_boolean", problem, _("enter yes or no"))
        return text in YES


class DateColumn(Column):
    """A day."""

    def parse(self, cell: str, order: DateOrder) -> date:
        return parse_date(self.code, cell, order)

    def dump(self, value: date | None) -> str | None:
        return value.isoformat() if value else None

    def load(self, stored: str | None) -> date | None:
        return date.fromisoformat(stored) if stored else None


class LastDay(DateColumn):
    """The last day on which something holds, as people write it.

    Its value is the day after: the first on which it no longer holds, as records have it.
    """

    def parse(self, cell: str, order: DateOrder) -> date:
        return super().parse(cell, order) + _DAY

    def shown(self, stored: str | None) -> str | None:
        return (date.fromisoformat(stored) - _DAY).isoformat() if stored else None


@dataclass(frozen=True, kw_only=True, eq=False)
class DecimalColumn(Column):
    """A number with decimals.

    Attributes:
        places: the most decimals.
        minimum: the least value.
        maximum: the greatest value.
    """

    places: int
    minimum: Decimal = Decimal(0)
    maximum: Decimal

    def parse(self, cell: str, order: DateOrder) -> Decimal:
        return parse_decimal(
            self.code, cell, places=self.places, minimum=self.minimum, maximum=self.maximum
        )

    def dump(self, value: Decimal | None) -> str | None:
        return None if value is None else str(value)

    def load(self, stored: str | None) -> Decimal | None:
        return None if stored is None else Decimal(stored)


@dataclass(frozen=True, kw_only=True, eq=False)
class WholeNumber(Column):
    """A whole number from `minimum` to `maximum`."""

    minimum: int = 0
    maximum: int

    def parse(self, cell: str, order: DateOrder) -> int:
        return parse_whole(self.code, cell, minimum=self.minimum, maximum=self.maximum)


def in_every_language(text: str | Promise) -> Iterator[str]:
    """Yield a translatable text in each language of the installation."""
    for language, _name in settings.LANGUAGES:
        with override(language):
            translated = str(text)
        yield translated


def _folded(text: str) -> str:
    return half_width(text).strip().casefold()
