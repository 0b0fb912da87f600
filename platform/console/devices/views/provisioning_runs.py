"""The progress of a large list of devices, and the passwords at its end."""

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_http_methods

from console.devices.views.provisioning import secrets_page
from console.pages import render_page
from core.errors import Rejection
from core.models import Run, Site
from devices.permissions import DevicePermission
from estate import provisioning_runs
from ui.pages import SiteRequest, render_fragment, site_page


@site_page(DevicePermission.MANAGE_DEVICES)
@require_http_methods(["GET", "POST"])
def page(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show the progress of a run; show its passwords, once, on POST."""
    run = _run(site, pk)
    context: dict[str, object] = {"run": run}
    status = 200
    if request.method == "POST":
        try:
            return secrets_page(request, provisioning_runs.reveal_secrets(run))
        except Rejection as rejection:
            context["rejection"], status = rejection, 422
    template = "console/devices/provisioning_run.html"
    return render_page(request, template, context, "devices", status)


@site_page(DevicePermission.MANAGE_DEVICES)
def progress(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Answer with how far the run is."""
    template = "console/devices/provisioning_progress.html"
    return render_fragment(request, template, {"run": _run(site, pk)})


def _run(site: Site, pk: int) -> Run:
    run = provisioning_runs.run_of(site, pk)
    if run is None:
        raise Http404(f"no run {pk} at {site.slug}")
    return run
