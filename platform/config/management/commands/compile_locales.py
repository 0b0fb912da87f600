"""`manage.py compile_locales`: compile translations to .mo files, without gettext."""

from pathlib import Path
from typing import Any

from babel.core import UnknownLocaleError
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    """Compile every translation that is newer than its compiled form."""

    help = "Compile platform/config/locale/*/LC_MESSAGES/*.po."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Compile changed catalogues; fail at a fuzzy or invalid entry, naming its line."""
        for folder in settings.LOCALE_PATHS:
            for source in sorted(Path(folder).glob("*/LC_MESSAGES/*.po")):
                if compile_one(source):
                    self.stdout.write(f"Compiled {source.parent.parent.name}/{source.name}.")


def compile_one(source: Path) -> bool:
    """Compile one .po file; return False if its .mo is up to date.

    Raises CommandError for a file that is not a message catalogue.
    """
    target = source.with_suffix(".mo")
    if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
        return False
    try:
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parent.parent.name, abort_invalid=True)
    except (PoFileError, UnknownLocaleError, ValueError) as error:
        raise CommandError(f"{source}: {error}") from error
    partial = target.with_suffix(".mo.new")
    with partial.open("wb") as file:
        write_mo(file, catalogue)
    partial.replace(target)
    return True
