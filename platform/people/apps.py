"""Residents, vehicles, staff and roles."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PeopleConfig(AppConfig):
    """Residents, vehicles, staff and roles."""

    name = "people"

    def ready(self) -> None:
        """Update the standard roles after each migrate; have live pages follow memberships.

        Register who lives in a unit, and subscribe to the events of sites.
        """
        from core import live_sessions
        from estate import ports
        from people import handlers, usages
        from people.models import Membership
        from people.roles import sync_standard_roles

        post_migrate.connect(sync_standard_roles, sender=self)
        live_sessions.watch_roles(Membership)
        handlers.register()
        ports.register_usages(usages.of_place)
