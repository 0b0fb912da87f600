"""The portal: the web of visitors, who need no account."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The portal: the web of visitors."""

    name = "portal"

    def ready(self) -> None:
        """Register the portal's sections."""
        from portal.sections import SECTIONS
        from ui.sections import register

        register("portal", SECTIONS)
