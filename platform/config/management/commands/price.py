"""manage.py price: price stays given as JSON lines, without a database."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from pricing.cli import Door


class Command(BaseCommand):
    """Answers each line of standard input with one line on standard output, in order."""

    help = (
        'Read JSON lines such as {"tariff": {…}, "entry": "…", "exit": "…"} on standard input '
        "and write the price of each stay, or what is wrong with the line. See docs/tariff.md."
    )
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Answer line by line, so that another program may talk to it as it goes."""
        door = Door()
        for line in sys.stdin.buffer:
            self.stdout.write(door.answer(line))
            self.stdout.flush()
