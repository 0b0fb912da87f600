"""The console: the web of a site's staff."""

from django.apps import AppConfig
from django.core import checks


class ConsoleConfig(AppConfig):
    """The console: the web of a site's staff."""

    name = "console"

    def ready(self) -> None:
        """Register the console's sections and the check of its setting."""
        from console.audit_labels import ACTIONS
        from console.devices.broker_access import check_public_address
        from console.sections import SECTIONS
        from ui.person_data import register_codes
        from ui.sections import register

        register("console", SECTIONS)
        register_codes("audit entries", "action", ACTIONS)
        checks.register(check_public_address)
