"""A web server, and pages of a site that are connected to it."""

from collections.abc import Callable, Iterator

import pytest

from core.models import Site, User
from core.permissions import StandardRole
from tests.browsers import hire
from tests.config.live_page import LivePage, live_server
from tests.factories import SiteFactory

Opener = Callable[..., LivePage]


@pytest.fixture(scope="module")
def host(django_db_setup: None) -> Iterator[str]:
    with live_server() as address:
        yield address


@pytest.fixture
def site(db: None) -> Site:
    site: Site = SiteFactory()
    return site


@pytest.fixture
def guard(site: Site) -> User:
    return hire(site, StandardRole.GUARD)


@pytest.fixture
def open_page(host: str, site: Site) -> Iterator[Opener]:
    """Open a page of the site, or of another path; it is closed at the end."""
    pages: list[LivePage] = []

    def open_(browser: object = None, path: str = "", **options: str) -> LivePage:
        pages.append(LivePage(host, path or f"/live/{site.slug}/", browser, **options))
        return pages[-1]

    yield open_
    for page in pages:
        page.close()
