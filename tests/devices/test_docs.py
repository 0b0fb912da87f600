"""The documentation of drivers: pages match manifests, and examples run."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest

from config.appliance.places import CODE
from core.errors import Rejection
from devices import events
from devices.drivers import DRIVERS
from devices.drivers.contract import Sender, Source
from devices.signing import CommandGuard, sign
from tests.devices.messages import RECORDED

DOCS = CODE / "docs"
every_driver = pytest.mark.parametrize("name", DRIVERS)


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem + "_pages", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


pages = load(DOCS / "drivers.py")


def examples() -> list[str]:
    """The code of docs/adding-a-driver.md, in its order."""
    text = (DOCS / "adding-a-driver.md").read_text()
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)


@every_driver
def test_each_driver_has_a_page_that_begins_with_its_manifest(name):
    page = DOCS / "devices" / f"{name}.md"
    assert page.exists(), f"write {page.relative_to(CODE)}"
    table = pages.sheet(DRIVERS[name].MANIFEST)
    assert table in page.read_text(), f"run docs/drivers.py, which writes\n{table}"
    for action in DRIVERS[name].MANIFEST.actions:
        assert page.read_text().count(f"`{action}`") > 1, f"{action} is not explained"


@every_driver
def test_each_driver_is_in_the_index_with_its_level_and_actions(name):
    manifest = DRIVERS[name].MANIFEST
    index = (DOCS / "devices" / "README.md").read_text()
    rows = [row for row in index.splitlines() if row.startswith(f"| [{name}]({name}.md) |")]
    assert len(rows) == 1, f"add a row for {name} to docs/devices/README.md"
    _, _, _, _, level, actions, _ = rows[0].split("|")
    assert level.strip() == manifest.level
    assert set(re.findall(r"`(\w+)`", actions)) == manifest.actions


@every_driver
def test_each_driver_has_messages_with_their_source(name):
    folder = RECORDED / name
    messages = [file for file in folder.glob("*") if file.name != "README.md"]
    assert messages, f"put messages into {folder.relative_to(CODE)}"
    assert (folder / "README.md").exists(), f"say in {name}/README.md where they are from"


@every_driver
def test_each_driver_uses_event_names_of_the_reference(name):
    assert DRIVERS[name].MANIFEST.event_types <= set(pages.EVENT_TYPES.values())


def test_the_reference_matches_the_code():
    assert (DOCS / "driver-reference.md").read_text() == pages.reference(), "run docs/drivers.py"
    stored = {kind for kind in vars(events).values() if isinstance(kind, type)}
    told = {kind for kind in stored if issubclass(kind, events.Event)} - {events.Event}
    assert told == set(pages.EVENT_TYPES)


def test_the_example_of_options_accepts_and_rejects():
    module = ModuleType("options")
    exec(examples()[6], module.__dict__)  # noqa: S102
    assert module.check_options({}) == {"relay": 0}
    assert module.check_options({"relay": 3}) == {"relay": 3}
    for wrong in ({"relay": 4}, {"relay": "1"}, {"door": 1}):
        with pytest.raises(Rejection):
            module.check_options(wrong)


def test_the_example_of_lines_parses_and_rejects():
    module = ModuleType("cairn")
    exec(examples()[5], module.__dict__)  # noqa: S102
    now = datetime(2026, 5, 4, 8, 31, tzinfo=UTC)

    def read(line: bytes) -> events.Event:
        return module.read(Source(7, 3, "CN1"), Sender("CN1", "s"), line, now)

    bay = read(b"B;118;1777883415;1;-47;0")
    assert (bay.occupied, bay.values, bay.alarms) == (
        True,
        {"temperature.c": -4.7},
        {"fault": False},
    )
    answers = [read(line) for line in (b"A;417;0", b"A;418;7")]
    assert [(one.number, one.ok, one.error) for one in answers] == [
        (417, True, ""),
        (418, False, "7"),
    ]
    for wrong in (
        b"",
        b"X;1",
        b"B;118",
        b"A;0;0",
        b"B;118;1777883415;2;-47;0",
        b"A;1;" + b"9" * 64,
    ):
        with pytest.raises(Rejection):
            read(wrong)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A copy of this tree, to which a driver is added as the page describes."""
    left_out = shutil.ignore_patterns("__pycache__", "static", "*.po", "*.mo", "var")
    for folder in ("devices", "platform", "tests/devices", "docs"):
        shutil.copytree(CODE / folder, tmp_path / folder, ignore=left_out)
    for file in ("pyproject.toml", "manage.py", *Path("tests").glob("*.py")):
        shutil.copy(CODE / file, tmp_path / file)
    shutil.copytree(CODE / "gis", tmp_path / "gis", ignore=left_out)
    shutil.copytree(CODE / "integrations", tmp_path / "integrations", ignore=left_out)
    return tmp_path


def add_examples(home: Path) -> None:
    """Steps 1, 2, 4 and 5 of docs/adding-a-driver.md, for both of its examples."""
    acme, acme_driver, acme_field, brook, brook_driver, _cairn, _options = examples()
    code = {"acme": acme, "brook": brook}
    tests = {
        "acme_driver": acme_driver,
        "acme_field": acme_field,
        "brook_driver": brook_driver,
    }
    for name, text in tests.items():
        (home / "tests" / "devices" / f"test_{name}.py").write_text(text)
    for name, text in code.items():
        (home / "devices" / "drivers" / f"{name}.py").write_text(text)
        (home / "docs" / "devices" / f"{name}.md").write_text(f"# {name}\n`open` opens the arm.\n")
    listing = home / "devices" / "drivers" / "__init__.py"
    begins = "_MODULES: tuple[Driver, ...] = ("
    assert begins in listing.read_text()
    added = f"from devices.drivers import acme, brook  # noqa: E402\n\n{begins}acme, brook, "
    listing.write_text(listing.read_text().replace(begins, added))
    index = home / "docs" / "devices" / "README.md"
    rows = "| [acme](acme.md) | Acme | cameras | bronze | `open` |\n"
    rows += "| [brook](brook.md) | Brook | meters | bronze | none |\n"
    index.write_text(index.read_text().replace("| [gatehouse]", rows + "| [gatehouse]"))
    record_examples(home / "tests" / "devices" / "recorded")


def record_examples(recorded: Path) -> None:
    """The messages of the page's example devices."""
    guide = (DOCS / "adding-a-driver.md").read_text()
    plate, done = re.findall(r"```json\n(.*?)```", guide, re.DOTALL)
    telegram = re.search(r"^echo ([0-9a-f]+) \|", guide, re.MULTILINE)[1]
    for name in ("acme", "brook"):
        (recorded / name).mkdir()
        (recorded / name / "README.md").write_text("After docs/adding-a-driver.md.\n")
    (recorded / "acme" / "plate.json").write_text(plate)
    (recorded / "acme" / "done.json").write_text(done)
    (recorded / "brook" / "telegram.bin").write_bytes(bytes.fromhex(telegram))


def run(home: Path, *arguments: str) -> str:
    """Run Python in the copy, on a database of its own; what it printed."""
    environment = {
        **os.environ,
        "PYTHONPATH": f"{home / 'platform'}{os.pathsep}{home}",
        "GATEHOUSE_TEST_DB": f"stranger_{os.getpid()}",
    }
    environment.pop("PYTEST_XDIST_WORKER", None)
    done = subprocess.run(
        [sys.executable, *arguments], cwd=home, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    return done.stdout


@pytest.mark.faults
def test_drivers_added_by_the_guide_pass_their_tests(clone):
    """The page's own ones, over a real broker too, and those that each driver has to pass."""
    add_examples(clone)
    run(clone, "docs/drivers.py")
    names = ("acme_driver", "acme_field", "brook_driver", "every_driver", "docs")
    files = [f"tests/devices/test_{name}.py" for name in names]
    said = run(clone, "-m", "pytest", *files, "-k", "acme or brook", "-q", "-n0", "--create-db")
    assert re.search(r"\b[45]\d passed", said), said


def test_the_example_command_carries_the_example_signature():
    text = (DOCS / "devices.md").read_text()
    body = json.loads(re.search(r"the command\n```json\n(.*?)\n```", text)[1])
    signature = re.search(r"carries the signature `([0-9a-f]{64})`", text)[1]
    key = bytes(range(32))
    assert sign(body, key) == signature
    payload = json.dumps({**body, "sig": signature}).encode()
    admitted = CommandGuard("arm-1", key).admit(
        payload, datetime(2026, 5, 4, 8, 30, 20, tzinfo=UTC)
    )
    assert admitted["action"] == "open"
