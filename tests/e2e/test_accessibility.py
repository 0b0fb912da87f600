"""Every page checked by axe-core in both themes; `npm install --no-save axe-core` provides it."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import Page

from core.permissions import StandardRole
from tests.browsers import hire
from tests.rooms import World, addresses

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AXE = settings.BASE_DIR / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """async (rules) => {
  const { violations } = await axe.run(document, { runOnly: rules });
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target}`));
}"""


def pages(here: World) -> Iterator[str]:
    """The address of every whole page of both webs."""
    for web in ("console", "portal"):
        for name, needs in addresses(web).items():
            row = needs.arguments(here)
            if needs.post_only:
                continue
            if web == "console":
                yield here.url(name, *row)
            else:
                yield reverse(f"portal:{name}", args=row or [here.site.slug])


def is_page(page: Page, path: str) -> bool:
    answer = page.request.get(path)
    return "text/html" in answer.headers.get("content-type", "") and "<html" in answer.text()


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed")
@pytest.mark.parametrize(
    ("theme", "width", "language"), [("light", 1440, "en"), ("dark", 360, "zh-hans")]
)
def test_axe_finds_nothing_on_any_page(server, chromium, here, theme, width, language):
    user = hire(here.site, StandardRole.MANAGER)
    size = {"width": width, "height": 900}
    # The policy of the pages admits no script of a test.
    options = {"viewport": size, "color_scheme": theme, "bypass_csp": True}
    page = server.page(chromium, user, **options)
    page.context.add_cookies([{"name": "django_language", "value": language, "url": server.url}])
    found = {}
    for path in pages(here):
        if is_page(page, path):
            page.goto(path)
            page.evaluate(AXE.read_text())
            found[path] = page.evaluate(RUN, RULES)
    page.context.close()
    assert len(found) > 30
    assert {path: faults for path, faults in found.items() if faults} == {}
