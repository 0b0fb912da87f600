"""`manage.py reset_second_factor`: let a user who lost it sign in with the password alone."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.errors import Rejection
from core.models import User
from people.second_factor import reset_second_factor


class Command(BaseCommand):
    """Remove a user's second factor."""

    help = "reset_second_factor NAME"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the user."""
        parser.add_argument("name")

    def handle(self, *args: Any, **options: Any) -> None:
        """Remove it."""
        user = User.objects.filter(username=options["name"]).first()
        if user is None:
            raise CommandError(f"There is no user {options['name']}.")
        try:
            reset_second_factor(None, user, "manage.py reset_second_factor", "by the operator")
        except Rejection as rejection:
            raise CommandError(str(rejection)) from None
        self.stdout.write(f"{user.username} signs in with the password alone.")
