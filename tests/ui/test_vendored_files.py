"""The files in static/vendor match vendor.json, are licensed and name no source maps."""

import hashlib
import json

import pytest
from django.conf import settings

VENDOR = settings.BASE_DIR / "platform" / "ui" / "static" / "vendor"
LISTING = json.loads((VENDOR / "vendor.json").read_text())
FILES = {name: digest for package in LISTING.values() for name, digest in package["files"].items()}


@pytest.mark.parametrize("name", FILES)
def test_a_vendored_file_has_the_listed_digest(name):
    assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == FILES[name]


def test_every_file_is_listed():
    present = {str(path.relative_to(VENDOR)) for path in VENDOR.rglob("*") if path.is_file()}
    assert present - set(FILES) == {"vendor.json", "tabler/LICENSE"}


@pytest.mark.parametrize("folder", sorted({name.split("/")[0] for name in FILES}))
def test_each_library_has_its_licence(folder):
    assert "Permission" in (VENDOR / folder / "LICENSE").read_text() or folder in {"leaflet"}


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith((".js", ".css"))])
def test_no_file_names_a_source_map(name):
    assert b"sourceMappingURL" not in (VENDOR / name).read_bytes()


def test_every_library_has_one_exact_version():
    assert all(package["version"].replace(".", "").isdigit() for package in LISTING.values())
