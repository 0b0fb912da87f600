"""Every text on pages is in the Chinese catalogue."""

import re
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract_python
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils.translation.template import templatize

from devices.drivers import DRIVERS

CATALOGUE = Path(settings.LOCALE_PATHS[0]) / "zh_Hans" / "LC_MESSAGES" / "django.po"
ROOMS = ("platform", "devices", "integrations")
KEYWORDS = ["_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "pgettext", "pgettext_lazy"]
NAMED = re.compile(r"%\((\w+)\)s")


@pytest.fixture(scope="module")
def messages() -> list[Message]:
    with CATALOGUE.open("rb") as file:
        return [each for each in read_po(file, locale="zh_Hans") if each.id]


def sources() -> Iterator[tuple[Path, bytes]]:
    for room in ROOMS:
        for path in (settings.BASE_DIR / room).rglob("*"):
            if path.suffix == ".py" and "migrations" not in path.parts:
                yield path, path.read_bytes()
            elif "templates" in path.parts and path.suffix in {".html", ".txt"}:
                # What xgettext is given of a template: its calls, and X for all else.
                calls = re.sub(r"^[^g_\n]*$", "", templatize(path.read_text()), flags=re.MULTILINE)
                yield (
                    path,
                    "\n".join(re.findall(r"\w*(?:gettext|\b_)\(.*?\) ", f"{calls} ")).encode(),
                )


def marked_texts() -> set[tuple[str, str]]:
    """Return the texts of the product, each with its context."""
    found = set()
    for _path, source in sources():
        for _line, keyword, texts, _notes in extract_python(BytesIO(source), KEYWORDS, [], {}):
            words = [texts] if isinstance(texts, str) else [each for each in texts or () if each]
            if words:
                has_context = keyword.startswith("pgettext")
                found.add((words[0], words[1]) if has_context else ("", words[0]))
    return found


def text_of(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def translations_of(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string)


def test_every_text_of_the_product_is_in_the_catalogue(messages):
    known = {(message.context or "", text_of(message)) for message in messages}
    assert marked_texts() - known == set()


def test_no_text_stands_in_the_catalogue_twice():
    texts = re.findall(r'^(?:msgctxt .*\n)?msgid ".+"$', CATALOGUE.read_text("utf-8"), re.MULTILINE)
    assert [text for text, count in Counter(texts).items() if count > 1] == []


def test_no_text_of_the_catalogue_lacks_its_translation(messages):
    assert [text_of(each) for each in messages if not all(translations_of(each))] == []


def test_the_buttons_of_drivers_are_in_the_catalogue(messages):
    words = {word for each in DRIVERS.values() for word in each.MANIFEST.buttons.values()}
    assert words - {text_of(message) for message in messages} == set()


def test_a_translation_has_the_placeholders_of_its_text(messages):
    for message in messages:
        original = message.id if isinstance(message.id, str) else message.id[-1]
        for translated in translations_of(message):
            assert set(NAMED.findall(translated)) == set(NAMED.findall(original)), original
