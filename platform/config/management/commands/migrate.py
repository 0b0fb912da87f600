"""`manage.py migrate`: Django's own, run as the role that owns the tables."""

from typing import Any

from django.core.management.commands import migrate
from django.db import connection

from config import database_roles
from core.bulk_loading import restore_indexes


class Command(migrate.Command):
    """Migrate as the owner's role where there is one, then grant the application its rights."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Restore indexes of an interrupted load, migrate, then update ownership and grants.

        The system checks are inside, too: they connect, perhaps before the role exists.
        """
        application = connection.settings_dict
        user, password = application["USER"], application["PASSWORD"]
        with database_roles.as_owner() as is_owner:
            changes = is_owner and not (options["check_unapplied"] or options["plan"])
            if changes and restore_indexes():
                self.stdout.write("Restored the indexes of an interrupted load.")
            output = super().execute(*args, **options)
            if changes:
                database_roles.grant(user, password)
        return output
