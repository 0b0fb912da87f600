"""Verify a sealed file of an incident, without a database."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from incidents.sealing.container import Findings, verify

_PROBLEMS = {
    "not_a_zip": "The file is no zip, or is damaged.",
    "not_sealed": "The manifest, its signature or the certificate is missing or damaged.",
    "certificate_unreadable": "The certificate was altered.",
    "signature_wrong": "The signature does not belong to this manifest and certificate.",
    "other_certificate": "The manifest names another certificate.",
    "manifest_unreadable": "The manifest can't be read.",
    "doubled_names": "Files have the same name.",
    "foreign_bytes": "The zip has bytes that belong to no file.",
    "other_key": "The certificate is not the expected one.",
}


class Command(BaseCommand):
    """Verify a sealed file of an incident, without a database."""

    help = (
        "Verify a sealed file of an incident: prints what was altered, removed or added. Compare "
        "the fingerprint with the one that the site shows, or give it with --fingerprint."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the file, and the fingerprint that is expected."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--fingerprint", default="", help="of the site's certificate")

    def handle(self, *_args: Any, file: Path, fingerprint: str, **_options: Any) -> None:
        """Print the findings; fail if anything is wrong."""
        if not file.is_file():
            raise CommandError(f"There is no file {file}.")
        found = verify(file, fingerprint)
        for line in _lines(found):
            self.stdout.write(line)
        if not found.is_intact:
            raise CommandError("The file is not as it was sealed.")
        self.stdout.write("The file is as it was sealed.")


def _lines(found: Findings) -> list[str]:
    facts = [f"{name}: {value}" for name, value in sorted(found.facts.items())]
    facts += [f"fingerprint: {found.fingerprint}"] if found.fingerprint else []
    problems = [_PROBLEMS.get(code, code) for code in found.problems]
    files = (("altered", found.altered), ("missing", found.missing), ("added", found.added))
    return [*facts, *problems, *(f"{what}: {name}" for what, names in files for name in names)]
