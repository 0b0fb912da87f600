"""Residents, vehicles, staff and roles."""

from django.apps import AppConfig
from django.db.models.signals import m2m_changed, post_migrate


class PeopleConfig(AppConfig):
    """Residents, vehicles, staff and roles."""

    name = "people"

    def ready(self) -> None:
        """Update the standard roles after each migrate; have live pages follow roles and grants.

        Register who occupies a place, which rights hang on it, and how persons are notified;
        subscribe to events.
        """
        from core import live_sessions, retention
        from core.notifications.choices import use_choices
        from estate import ports
        from people import handlers, notices, rights, usages  # noqa: F401 - notices declares kinds
        from people import ports as people_ports
        from people.models import Membership, Role, RolePermission
        from people.notification_settings import choices_of
        from people.retention import plates_of_held_persons, register_classes
        from people.roles import recheck_members, sync_standard_roles, users_of_grant

        post_migrate.connect(sync_standard_roles, sender=self)
        live_sessions.watch(Membership, lambda membership: [membership.user_id])
        live_sessions.watch(RolePermission, users_of_grant)
        m2m_changed.connect(recheck_members, sender=Role.permissions.through)
        handlers.register()
        ports.register_usages(usages.of_place)
        people_ports.register_rights(rights.of_holder)
        register_classes()
        retention.hold_also(plates_of_held_persons)
        use_choices(choices_of)
