"""The passwords of devices that came in by a list, shown once."""

import csv
import io
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from console.devices.broker_access import Broker, SignIn, broker, sign_in
from console.pages import render_page
from core.errors import Rejection
from core.models import ImportBatch, Site
from devices.permissions import DevicePermission
from estate import device_batches
from estate.provisioning import Provisioned
from ui.pages import SiteRequest, site_page

_SECRETS = (
    "code",
    "username",
    "password",
    "command_key",
    "broker",
    "port",
    "publishes_to",
    "listens_to",
)


@site_page(DevicePermission.MANAGE_DEVICES)
@require_POST
def reveal(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show the passwords of the devices that an import has registered, once."""
    batch = get_object_or_404(ImportBatch, site=site, pk=pk, kind="devices")
    try:
        return _secrets_page(request, device_batches.reveal_secrets(batch, request.user))
    except Rejection as rejection:
        context = {"batch": batch, "rejection": rejection}
        return render_page(request, "console/devices/not_shown.html", context, "devices", 422)


def _secrets_page(request: SiteRequest, made: list[Provisioned]) -> HttpResponse:
    """Show secrets; the page's script saves them as a file."""
    reached = broker(request)
    rows = [(each, sign_in(each.device)) for each in made]
    table = _written((_SECRETS, *(_secrets(each, account, reached) for each, account in rows)))
    file = f"{request.site.slug}-passwords.csv"
    context = {"made": rows, "broker": reached, "table": table, "file": file}
    return render_page(request, "console/devices/provisioned.html", context, "devices")


def _secrets(made: Provisioned, account: SignIn | None, reached: Broker) -> tuple[Any, ...]:
    """Return the settings of one device, in the order of `_SECRETS`."""
    topics = (account.publishes, account.listens) if account else ((), ())
    return (
        made.device.code,
        made.username,
        made.password,
        made.command_key,
        reached.host,
        reached.port,
        *(" ".join(each) for each in topics),
    )


def _written(rows: Any) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
