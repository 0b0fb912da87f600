"""`manage.py staff`: list, add and remove a site's staff."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.errors import Rejection
from core.models import Site
from people import staff


class Command(BaseCommand):
    """List the staff of a site, grant a user a role, or revoke a user's roles."""

    help = "staff SITE; staff SITE add NAME ROLE; staff SITE remove NAME"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the site and the actions."""
        parser.add_argument("site", help="the site's slug, as in /s/<slug>/")
        actions = parser.add_subparsers(dest="action")
        add = actions.add_parser("add", help="grant a user a role")
        add.add_argument("name")
        add.add_argument("role", help="the role's code, such as guard or manager")
        remove = actions.add_parser("remove", help="revoke all of a user's roles")
        remove.add_argument("name")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the action and print its result."""
        site = Site.objects.filter(slug=options["site"]).first()
        if site is None:
            raise CommandError(f"There is no site {options['site']}.")
        if options["action"] == "add":
            self._add(site, options["name"], options["role"])
        elif options["action"] == "remove":
            self._remove(site, options["name"])
        else:
            for name, role in staff.staff_of(site):
                self.stdout.write(f"{name} {role}")

    def _add(self, site: Site, name: str, role: str) -> None:
        try:
            password = staff.grant_role(site, name, role, "manage.py staff")
        except Rejection as rejection:
            raise CommandError(str(rejection)) from None
        self.stdout.write(f"{name} is {role} at {site.slug}.")
        if password:
            self.stdout.write(f"Password, shown once: {password}")

    def _remove(self, site: Site, name: str) -> None:
        try:
            count = staff.revoke_roles(site, name, "manage.py staff")
        except Rejection as rejection:
            raise CommandError(str(rejection)) from None
        self.stdout.write(f"{name} has no role at {site.slug} now; roles revoked: {count}.")
