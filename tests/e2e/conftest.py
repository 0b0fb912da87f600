"""The real ASGI application on a port, in a thread of the test process, and a real Chromium.

In this process because Channels' in-memory layer does not cross processes.
"""

import asyncio
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from axe_playwright_python.base import AXE_SCRIPT
from django.conf import settings as django_settings
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.test import Client, override_settings
from django.utils import translation
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from core.models import User
from core.permissions import StandardRole
from tests import database
from tests.browsers import hire
from tests.config.running import eventually
from tests.rooms import World

# Long, as two browsers share a busy machine.
_TIMEOUT_MS = 60_000
expect.set_options(timeout=_TIMEOUT_MS)
# A page is visible, and so can be clicked and filled in, once its scripts have started: what is
# clicked before that does nothing.
_VISIBLE_WHEN_STARTED = """
const cover = new CSSStyleSheet();
cover.replaceSync("html { visibility: hidden !important }");
document.adoptedStyleSheets = [cover];
// The window hears of it after all listeners of the document.
window.addEventListener("DOMContentLoaded", () => {
  document.adoptedStyleSheets = document.adoptedStyleSheets.filter((each) => each !== cover);
});
"""
# The browser logs a rejected form as an error.
A_FORM_REFUSED = "status of 422"

#: Where axe-core is served: the browser compiles a script of an address once, and keeps it.
AXE = f"{django_settings.STATIC_URL}axe-core.js"

# Other connections to this database that are active, or were 100 ms ago.
_RUNNING_REQUESTS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND (state <> 'idle' OR state_change > clock_timestamp() - INTERVAL '100 ms')
"""


class StaticFiles(ASGIStaticFilesHandler):
    """Static files that a browser loads once, as it does those of an installation."""

    def serve(self, request: HttpRequest) -> HttpResponseBase:
        """Answer with the file."""
        if request.path == AXE:
            answer: HttpResponseBase = HttpResponse(AXE_SCRIPT, content_type="text/javascript")
        else:
            answer = super().serve(request)
        answer["Cache-Control"] = "max-age=3600"
        return answer


@dataclass
class Server:
    """The running application."""

    url: str
    loop: asyncio.AbstractEventLoop
    _contexts: list[BrowserContext] = field(default_factory=list)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Have the web process hang: connections stay open, and nothing is answered."""
        thaw = threading.Event()
        self.loop.call_soon_threadsafe(thaw.wait)
        try:
            yield
        finally:
            thaw.set()

    def page(self, browser: Browser, user: User | None = None, **options: object) -> Page:
        """A page of a separate browser context, with that user signed in."""
        context = browser.new_context(base_url=self.url, **options)
        context.set_default_timeout(_TIMEOUT_MS)
        context.add_init_script(_VISIBLE_WHEN_STARTED)
        self._contexts.append(context)
        if user is not None:
            client = Client()
            client.force_login(user)
            name = django_settings.SESSION_COOKIE_NAME
            session = {"name": name, "value": client.cookies[name].value, "url": self.url}
            context.add_cookies([session])
        return context.new_page()

    def close_pages(self) -> None:
        """Close all pages: a live one goes on asking, also after a test that failed."""
        while self._contexts:
            self._contexts.pop().close()


@pytest.fixture(scope="package")
def server(django_db_setup: None) -> Iterator[Server]:
    """The application, static files included, on a free port of this machine."""
    from config.asgi import application

    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        StaticFiles(application),
        lifespan="on",
        log_level="warning",
        ws="websockets-sansio",
    )
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    assert eventually(lambda: running.started)
    loop = running.servers[0].get_loop()
    yield Server(f"http://127.0.0.1:{listening.getsockname()[1]}", loop)
    running.should_exit = True
    thread.join(timeout=20)


# Of this package, not of the session: Playwright's sync API keeps an event loop in this thread
# for as long as it runs, and other tests want to run their own.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """A Chromium of this machine; playwright's own would have to be downloaded."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium is installed: the pages are not tried in a browser")
    with sync_playwright() as playwright, pytest.MonkeyPatch.context() as patched:
        # Django takes that loop for a mistake.
        patched.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def _served_anywhere(settings: object) -> None:
    settings.ALLOWED_HOSTS = ["127.0.0.1", "testserver"]  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def world_of_module(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """A populated site that each test of the module finds as it was made."""
    home = tmp_path_factory.mktemp("module")
    own = override_settings(
        HOME=home, AUDIT_ANCHORS=home / "audit.anchors", MEDIA_ROOT=home / "media"
    )
    translation.deactivate()
    with django_db_blocker.unblock():
        with own:
            made = World.build()
        made.media = home / "media"
        with database.kept():
            yield made


@pytest.fixture
def here(
    request: pytest.FixtureRequest, server: Server, transactional_db: None, settings: Any
) -> Iterator[World]:
    """A populated site; pages are closed, and their requests end, before it is removed."""
    if database.can_restore():
        made = request.getfixturevalue("world_of_module").copied()
        cache.clear()  # it has answers about this site, as the test before left it
        if made.media.exists():
            shutil.copytree(made.media, settings.MEDIA_ROOT)
        yield made
    else:
        yield World.build()
    server.close_pages()
    assert eventually(_no_request_runs)


def _no_request_runs() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_RUNNING_REQUESTS)
        return cursor.fetchone() == (0,)


@pytest.fixture
def page(server: Server, chromium: Browser, here: World) -> Iterator[Page]:
    """A manager's page; errors in the browser's console fail the test."""
    opened = server.page(chromium, hire(here.site, StandardRole.MANAGER))
    faults: list[str] = []
    opened.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    opened.on("pageerror", lambda fault: faults.append(str(fault)))
    yield opened
    opened.context.close()
    assert [fault for fault in faults if A_FORM_REFUSED not in fault] == []


@pytest.fixture
def visitors(server: Server, chromium: Browser, here: World) -> Iterator[Any]:
    """Whoever looks at every page."""
    from tests.e2e.visits import Visitors

    opened = Visitors(server, chromium, here)
    yield opened
    opened.close()
