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
from core.models import Site, User
from metering.models import Meter
from parking.models import Stay
from tests.rooms import addresses


def open_pages() -> dict[str, int]:
    """Return the status of each page: those without a row, and some rows of version 0.1."""
    setup_test_environment()
    site, client = Site.objects.get(), Client()
    plain = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    with (
        tempfile.TemporaryDirectory() as empty,
        override_settings(STATIC_ROOT=Path(empty), STORAGES={**settings.STORAGES, **plain}),
    ):
        client.force_login(User.objects.get(username="manager"))
        return {path: client.get(path).status_code for path in [*_lists(site), *_rows(site)]}


def _lists(site: Site) -> list[str]:
    pages = {name: needs for name, needs in addresses("console").items() if not needs.row}
    paths = {
        name: reverse(f"console:{name}", args=[site.slug, *pages[name].words]) for name in pages
    }
    return [f"{paths[name]}?{pages[name].query}" for name in sorted(pages)]


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

    The check of the roles is left out: the tests' server has one role, a superuser.
    """
    results = [
        checks.database_answers(),
        checks.migrations(),
        checks.queue(),
        checks.audit_log(),
    ]
    return {each.part: each.text for each in results if not each.ok}
