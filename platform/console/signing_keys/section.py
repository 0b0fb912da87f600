"""The keys with which the site signs what it hands to authorities."""

from django.utils.translation import gettext_lazy as _

from console.groups import WATCH
from incidents.permissions import IncidentPermission
from ui.sections import NavItem, Section

SECTION = Section(
    name="signing_keys",
    prefix="signing-keys/",
    urls="console.signing_keys.urls",
    help_template="console/signing_keys/help.html",
    navigation=(
        NavItem(
            "signing_keys", _("Signing keys"), "key", IncidentPermission.MANAGE_FEEDS, group=WATCH
        ),
    ),
)
