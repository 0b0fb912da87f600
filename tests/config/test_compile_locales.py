"""Translations are compiled without gettext, and only when they changed."""

import gettext
import os
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

CATALOGUE = """\
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

msgid "gate"
msgstr "大门"
"""


@pytest.fixture
def source(tmp_path: Path, settings: object) -> Path:
    settings.LOCALE_PATHS = [tmp_path]
    folder = tmp_path / "zh_Hans" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    file = folder / "django.po"
    file.write_text(CATALOGUE, encoding="utf-8")
    return file


def compiled() -> str:
    shown = StringIO()
    call_command("compile_locales", stdout=shown)
    return shown.getvalue()


def test_a_translation_is_compiled_into_what_gettext_reads(source: Path) -> None:
    assert compiled() == "Compiled zh_Hans/django.po.\n"
    with source.with_suffix(".mo").open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("gate") == "大门"


def test_an_unchanged_translation_is_not_compiled(source: Path) -> None:
    compiled()
    assert compiled() == ""


def test_a_changed_translation_is_compiled_again(source: Path) -> None:
    compiled()
    later = source.with_suffix(".mo").stat().st_mtime + 5
    os.utime(source, (later, later))
    assert compiled() == "Compiled zh_Hans/django.po.\n"


def test_an_invalid_translation_is_reported_and_the_old_one_stays(source: Path) -> None:
    compiled()
    before = source.with_suffix(".mo").read_bytes()
    source.write_text("this is no catalogue\n", encoding="utf-8")
    later = source.stat().st_mtime + 5
    os.utime(source, (later, later))
    with pytest.raises(CommandError, match=str(source)):
        compiled()
    assert source.with_suffix(".mo").read_bytes() == before
