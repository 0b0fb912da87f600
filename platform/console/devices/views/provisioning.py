"""Register many devices at once: a list is checked, shown line by line, then registered."""

import csv
import io
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods

from console.devices.broker_access import Broker, SignIn, broker, sign_in
from console.devices.forms.provisioning import ListForm, TriedForm
from console.pages import render_page
from core.errors import Rejection
from core.models import Site
from devices.drivers import DRIVERS
from devices.models import Device
from devices.permissions import DevicePermission
from estate import provisioning, provisioning_runs
from estate.device_list import COLUMNS
from estate.provisioning import Outcome, Provisioned
from ui.exports import csv_response
from ui.forms import PlainForm
from ui.pages import SiteRequest, site_page

_EXAMPLE = (
    ("gate-1-camera", "camera", "vzenith-mqtt", "265e1040-85e01fb7", "", "", "", "", "", ""),
    ("bay-a-001", "bay_sensor", "gatehouse", "", "", "3600", "", "", "", ""),
)

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
@require_http_methods(["GET", "POST"])
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """Check a posted list or, with ``register``, register its devices."""
    registers = "register" in request.POST
    form = _form(request, registers=registers)
    context: dict[str, Any] = {"form": form, "again": ListForm()}
    context |= {"kinds": Device.Kind.values, "drivers": list(DRIVERS)}
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["file"]
        try:
            if registers:
                return _register(request, site, text)
            context |= _tried(site, text)
        except Rejection as rejection:
            form.add_rejection(rejection)
    status = 422 if form.errors else 200
    return render_page(request, "console/devices/provision.html", context, "devices", status)


@site_page(DevicePermission.MANAGE_DEVICES)
@require_GET
def example(request: SiteRequest, site: Site) -> HttpResponseBase:
    """Download an example list."""
    return csv_response(request, f"{site.slug}-devices", COLUMNS, _EXAMPLE)


def _register(request: SiteRequest, site: Site, text: str) -> HttpResponse:
    """Register a list at once, or start a run that registers it and show that."""
    if not provisioning_runs.is_large(text):
        return secrets_page(request, provisioning.provision(site, text, request.user))
    run = provisioning_runs.start(site, text, request.user)
    return redirect("console:provisioning_run", site.slug, run.pk)


def _form(request: SiteRequest, *, registers: bool) -> PlainForm:
    if registers:
        return TriedForm(request.POST)
    posted = request.method == "POST"
    return ListForm(request.POST if posted else None, request.FILES if posted else None)


def _tried(site: Site, text: str) -> dict[str, Any]:
    lines = provisioning.try_list(site, text)
    counts = dict.fromkeys(Outcome, 0)
    for line in lines:
        counts[line.outcome] += 1
    # Lines that need a correction come first.
    shown = sorted(lines, key=lambda line: line.outcome != Outcome.REFUSED)
    return {"lines": shown, "counts": counts, "text": text}


def secrets_page(request: SiteRequest, made: list[Provisioned]) -> HttpResponse:
    """Show the secrets of new devices once; the page's script saves them as a file."""
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
