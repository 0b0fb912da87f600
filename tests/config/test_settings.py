"""Every environment variable is documented."""

import re

from config.appliance.places import CODE

PAGES = [CODE / "docs" / name for name in ("operating.md", "payments.md")]
# Where tests make their database; an installation never sets it.
OF_TESTS = {"GATEHOUSE_TEST_DB"}


def test_every_setting_is_documented() -> None:
    source = (CODE / "platform" / "config" / "settings.py").read_text()
    settings = set(re.findall(r"env\.\w+\(\s*\"([A-Z_]+)\"", source))
    written = {name for page in PAGES for name in re.findall(r"`([A-Z_]+)`", page.read_text())}
    assert "DATABASE_URL" in settings
    assert settings - OF_TESTS - written == set()
