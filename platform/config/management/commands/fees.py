"""manage.py fees: calculate property fees given as JSON lines, without a database."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from fees.cli import answer


class Command(BaseCommand):
    """Answers each line of standard input with one line on standard output, in order."""

    help = (
        'Read JSON lines such as {"kind": "area", "input": {"area": "89.63", "price": "2.80"}} on '
        "standard input and write the amounts of each, or what is wrong with the line. See "
        "docs/fees.md."
    )
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Answer line by line, so that another program may talk to it as it goes."""
        for line in sys.stdin.buffer:
            self.stdout.write(answer(line))
            self.stdout.flush()
