"""Signing keys: their fingerprints and certificates, and replacing the current one."""

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from console.pages import render_page
from console.signing_keys.forms import ReplaceForm
from core import clock
from core.models import Site
from incidents.feeds import site_keys
from incidents.permissions import IncidentPermission
from ui.dialogs import Change, Dialog, dialog_page
from ui.forms import posted
from ui.pages import SiteRequest, site_page


@site_page(IncidentPermission.MANAGE_FEEDS)
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """List the site's signing keys."""
    context = {
        "keys": site_keys.site_keys(site),
        "current": site_keys.current(site),
        "now": clock.now(),
    }
    return render_page(request, "console/signing_keys/list.html", context, here="signing_keys")


@dialog_page(IncidentPermission.MANAGE_FEEDS)
def replace(request: SiteRequest, site: Site) -> Change:
    """Generate the next key."""
    dialog = Dialog(
        title=_("Replace the signing key"),
        lead=_(
            "Give the new fingerprint and certificate to the receivers of all feeds before the new "
            "key signs. What was signed before stays valid."
        ),
        button=_("Generate key"),
    )
    return Change(
        dialog,
        ReplaceForm(posted(request)),
        lambda data: site_keys.rotate(
            site, request.user, data["reason"], timedelta(days=data["overlap"])
        ),
        _("Key generated."),
        ["list-changed"],
    )


@site_page(IncidentPermission.MANAGE_FEEDS)
def certificate(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Download a key's certificate, which is no secret."""
    key = get_object_or_404(site_keys.site_keys(site), pk=pk)
    response = HttpResponse(key.certificate, content_type="application/x-pem-file")
    response["Content-Disposition"] = f'attachment; filename="{site.slug}-{key.number}.pem"'
    return response
