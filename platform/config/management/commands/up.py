"""`manage.py up`: run the whole appliance in this terminal."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.appliance.admin import login_line
from config.appliance.places import Home
from config.appliance.programs import Program, appliance_programs, extra_program
from config.appliance.runtime import Choices, Plan, SettingError
from config.appliance.start import Workload, run
from config.appliance.supervisor import StartError


class Command(BaseCommand):
    """Start every process of the appliance, and restart those that end, until Ctrl-C."""

    help = "Start PostgreSQL, the broker and every process of Gatehouse; Ctrl-C stops them."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add --demo and --program."""
        parser.add_argument("--demo", action="store_true", help="start the simulator as well")
        parser.add_argument(
            "--program",
            action="append",
            default=[],
            metavar="NAME=COMMAND",
            help="run this program as well; may be given several times",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until a stop signal; fail with one line if it cannot start."""
        home = Home.at(settings.HOME)
        try:
            plan = Plan.of(home, Choices.now(home))
            more = [extra_program(text) for text in options["program"]]

            def programs(plan: Plan) -> list[Program]:
                return [*appliance_programs(plan, demo=options["demo"]), *more]

            work = Workload(programs(plan), renew=programs)
            run(plan, work, lambda: f"\nGatehouse is up: {plan.public_url}\n{login_line(home)}\n")
        except (StartError, SettingError) as error:
            raise CommandError(str(error)) from None
        except PermissionError as error:
            raise CommandError(
                f"{error.filename} belongs to another user: start Gatehouse as that one, or give "
                "this one a home of its own with GATEHOUSE_HOME=/path."
            ) from None
