"""The addresses of the overview of a site and of the installation's settings."""

from core.permissions import InstallationPermission, SitePermission
from tests.rooms import Address

_INSTALLATION = InstallationPermission.MANAGE_INSTALLATION
CONSOLE = {
    "overview": Address(SitePermission.VIEW_SITE),
    "figure": Address(SitePermission.VIEW_SITE, query="name=waiting"),
    "help": Address(SitePermission.VIEW_SITE, query="page=lanes"),
    "start": Address(SitePermission.VIEW_SITE, answers=(302,)),
    "map": Address(SitePermission.VIEW_SITE),
    "plan": Address(SitePermission.VIEW_SITE),
    "bays": Address(SitePermission.VIEW_SITE),
    "beside": Address(SitePermission.VIEW_SITE),
    "bay": Address(SitePermission.VIEW_SITE, "bay"),
    "gate": Address(SitePermission.VIEW_SITE, "gate.entry.gate"),
    "counts": Address(SitePermission.VIEW_SITE),
    "health": Address(SitePermission.VIEW_HEALTH),
    "mail_server": Address(_INSTALLATION),
    "change_mail_server": Address(_INSTALLATION),
    "send_test_mail": Address(_INSTALLATION),
    "remove_mail_server": Address(_INSTALLATION),
    "broker": Address(_INSTALLATION),
    "change_broker": Address(_INSTALLATION),
    "restart_broker": Address(_INSTALLATION),
    "https": Address(_INSTALLATION),
    "use_own_certificate": Address(_INSTALLATION),
    "upload_certificate": Address(_INSTALLATION),
    "turn_https_off": Address(_INSTALLATION),
    "restart_web_server": Address(_INSTALLATION),
    "certificate_authority": Address(_INSTALLATION, answers=(404,)),
    "payment_account": Address(_INSTALLATION),
    "change_payment_account": Address(_INSTALLATION),
    "try_payment_account": Address(_INSTALLATION),
    "remove_payment_account": Address(_INSTALLATION),
}
