"""After erasure, neither a dump of the database nor the photos nor the logs hold the person."""

import logging
import subprocess
from pathlib import Path

import pytest
from django.db import connection
from django.urls import reverse

from config.backup.server import Server, find_program
from core.permissions import StandardRole
from people import consents, erasure
from people.consents import Purpose
from tests.browsers import hire, signed_in
from tests.gate import GateScene, staff
from tests.people.known_person import DATA, NAME, PHONE, PLATE, files, finished, seed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def log(tmp_path):
    """The file to which everything is logged, as by the processes of the appliance."""
    path = tmp_path / "gatehouse.log"
    handler = logging.FileHandler(path)
    logging.getLogger().addHandler(handler)
    yield path
    logging.getLogger().removeHandler(handler)
    handler.close()


@pytest.fixture(autouse=True)
def purpose(monkeypatch):
    monkeypatch.setattr(consents, "_purposes", {})
    consents.register_purpose(Purpose("face", "Face", "Your face opens doors."))


def dumped() -> str:
    """The test's database as `pg_dump` writes it."""
    where = connection.settings_dict
    server = Server(
        str(where["HOST"] or where["OPTIONS"].get("host", "")),
        str(where["PORT"] or where["OPTIONS"].get("port", "")),
        where["USER"],
        where["PASSWORD"],
        where["NAME"],
    )
    program = find_program("pg_dump", connection.pg_version // 10_000)
    done = subprocess.run(
        [str(program), "--data-only", "--no-password"],
        env=server.environment,
        capture_output=True,
        check=True,
    )
    return done.stdout.decode()


def held_in(text: str) -> set[str]:
    """The person's texts that stand in a text, also as hexadecimal bytes."""
    forms = {
        term: {term, *(term.encode(code, "ignore").hex() for code in ("utf-8", "gb18030"))}
        for term in DATA
    }
    return {term for term, written in forms.items() if any(form in text for form in written)}


def media() -> str:
    return "".join(path.read_bytes().decode("latin-1") + path.name for path in files())


def read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def test_no_dump_no_photo_and_no_log_holds_the_person_after_erasure(log):
    gate = GateScene.build()
    person = seed(gate)
    manager = signed_in(hire(gate.site, StandardRole.MANAGER))
    manager.post(reverse("console:people", args=[gate.site.slug]), {"q": NAME, "filter": "1"})
    manager.get(reverse("console:person", args=[gate.site.slug, person.pk]))
    assert held_in(dumped()) >= {PLATE, "Quixote", PHONE}
    assert files()
    finished(erasure.start_erasure(person, staff("li")))
    assert held_in(dumped()) == set()
    assert held_in(media()) == set()
    assert files() == []
    assert held_in(read(log)) == set()
