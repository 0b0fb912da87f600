"""The forms of a page: their fields, values and choices."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from django.http import HttpResponse


@dataclass
class Field:
    """A field of a form.

    Attributes:
        name: as it is posted.
        value: what it has when nobody changes it; None: it is not posted.
        choices: the values that it offers.
    """

    name: str
    value: str | None = None
    choices: set[str] = field(default_factory=set)

    @property
    def is_reference(self) -> bool:
        """Whether it chooses among rows, by their ids."""
        return any(choice.isdigit() for choice in self.choices)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, Field]] = []
        self._select: Field | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            posts = "hx-post" in given or given.get("method") == "post"
            self.forms += [{}] if posts else []
        elif self.forms:
            self._read(tag, given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = None

    def _read(self, tag: str, given: dict[str, str]) -> None:
        if tag == "option" and self._select is not None:
            self._choose(self._select, given, "selected")
        elif given.get("name") and tag in ("input", "select", "textarea"):
            found = self.forms[-1].setdefault(given["name"], Field(given["name"]))
            if tag == "select":
                self._select = found
            elif given.get("type") in ("checkbox", "radio"):
                self._choose(found, given, "checked")
            else:
                found.value = given.get("value", "")

    def _choose(self, found: Field, given: dict[str, str], mark: str) -> None:
        value = given.get("value", "on")
        found.choices.add(value)
        if mark in given or (mark == "selected" and found.value is None):
            found.value = value


def fields_of(answer: HttpResponse) -> Iterator[list[Field]]:
    """Yield the fields of each form of a page that is posted."""
    if answer.status_code != 200 or not answer.get("Content-Type", "").startswith("text/html"):
        return
    parser = _Forms()
    parser.feed(answer.getvalue().decode())
    for form in parser.forms:
        yield list(form.values())
