"""What the tests run in a process of the upgraded installation; each function returns JSON."""

import tempfile
from pathlib import Path

from django.conf import settings
from django.test import Client, override_settings
from django.test.utils import setup_test_environment
from django.urls import reverse

from access.models import Passage
from billing.models import Payment
from config import checks
from core.audit import sealing
from core.models import Site, User
from metering.models import Meter
from parking.models import Stay
from tests.rooms import addresses


def open_pages() -> dict[str, int]:
    """Open the pages without a row and some rows of version 0.1; return the unexpected statuses."""
    setup_test_environment()
    site, client = Site.objects.get(), Client()
    plain = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    with (
        tempfile.TemporaryDirectory() as empty,
        override_settings(STATIC_ROOT=Path(empty), STORAGES={**settings.STORAGES, **plain}),
    ):
        client.force_login(User.objects.get(username="manager"))
        pages = _lists(site) | dict.fromkeys(_rows(site), (200,))
        found = {path: client.get(path).status_code for path in pages}
        return {path: status for path, status in found.items() if status not in pages[path]}


def _lists(site: Site) -> dict[str, tuple[int, ...]]:
    """Return the address of each page without a row, with the statuses it may answer."""
    needs = {name: each for name, each in addresses("console").items() if not each.row}
    return {
        f"{reverse(f'console:{name}', args=[site.slug, *each.words])}?{each.query}": each.answers
        for name, each in sorted(needs.items())
        if not each.post_only and not each.is_for_administrators
    }


def _rows(site: Site) -> list[str]:
    """Return the page of the oldest row of each kind."""
    models = {"passage": Passage, "stay": Stay, "meter": Meter}
    rows = {name: model.objects.earliest("pk").pk for name, model in models.items()}
    console = [reverse(f"console:{name}", args=[site.slug, row]) for name, row in rows.items()]
    receipt = Payment.objects.filter(state="paid").earliest("pk").public_id
    stay = Stay.objects.earliest("pk").public_id
    return [
        *console,
        reverse("portal:find", args=[site.slug]),
        reverse("portal:stay", args=[stay]),
        reverse("portal:receipt", args=[receipt]),
    ]


def check_database() -> dict[str, str]:
    """Return doctor's checks of the database that failed, with their texts.

    The check of the roles is left out: the tests' server has one role, a superuser. Entries of
    pages that were opened before are sealed first, as the running process *audit* would have.
    """
    sealing.Sealer().seal()
    results = [
        checks.database_answers(),
        checks.migrations(),
        checks.queue(),
        checks.audit_log(),
    ]
    return {each.part: each.text for each in results if not each.ok}
