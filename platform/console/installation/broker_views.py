"""Where devices reach the broker: this machine only, or other machines of a network."""

from urllib.parse import urlsplit

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from console.installation.forms import BrokerForm
from console.installation.ports import broker_server
from console.pages import render_page
from console.setting_changes import REACH, latest_changes
from core import revisions
from core.models import Site
from core.permissions import InstallationPermission
from ui.dialogs import Change, Dialog, confirm_form, dialog_page
from ui.pages import SiteRequest, site_page

_MANAGE = InstallationPermission.MANAGE_INSTALLATION
CHANGED = ["list-changed"]


@site_page(_MANAGE)
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """Show who reaches the broker, and what may be changed."""
    state = broker_server().state()
    context = {
        "state": state,
        "reach": REACH[state.reach],
        "changes": latest_changes("broker"),
    }
    return render_page(request, "console/installation/broker.html", context, "broker")


@dialog_page(_MANAGE)
def change(request: SiteRequest, site: Site) -> Change:
    """Choose who reaches the broker."""
    values = broker_server().state().values
    # A machine that reaches the console by this name reaches the broker by it, too.
    address = values["address"] or urlsplit(f"//{request.get_host()}").hostname
    form = BrokerForm(
        request.POST if request.method == "POST" else None,
        initial={**values, "address": address, "revision": revisions.revision_of(values)},
    )
    return Change(
        Dialog(
            title=_("Broker for devices"),
            lead=_("Cameras and other devices connect to it over MQTT."),
            button=_("Save"),
        ),
        form,
        lambda data: broker_server().change(request.user, **data),
        _("Saved. It holds after the restart."),
        CHANGED,
    )


@dialog_page(_MANAGE)
def restart(request: SiteRequest, site: Site) -> Change:
    """Restart the broker and the processes that use it."""
    return Change(
        Dialog(
            title=_("Restart now"),
            lead=_("All processes restart: gates decide again after some seconds."),
            button=_("Restart"),
        ),
        confirm_form(request),
        lambda data: broker_server().restart(request.user),
        _("Restarting … Load this page again in about ten seconds."),
    )
