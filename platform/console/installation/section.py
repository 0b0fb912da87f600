"""Settings of the whole installation: mail, online payments, HTTPS, broker."""

from django.utils.translation import gettext_lazy as _

from console.groups import INSTALLATION
from core.permissions import InstallationPermission
from ui.sections import NavItem, Section

_MANAGE = InstallationPermission.MANAGE_INSTALLATION

SECTION = Section(
    name="installation",
    prefix="installation/",
    urls="console.installation.urls",
    help_template="console/installation/help.html",
    navigation=(
        NavItem("mail_server", _("Mail"), "mail", _MANAGE, group=INSTALLATION),
        NavItem("payment_account", _("Online payment"), "credit-card", _MANAGE, group=INSTALLATION),
        NavItem("broker", _("Broker"), "router", _MANAGE, group=INSTALLATION),
        NavItem("https", "HTTPS", "lock", _MANAGE, group=INSTALLATION),
    ),
)
