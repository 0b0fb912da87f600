"""The appliance starts, restarts every process that dies, and stops without leftovers."""

import shutil
import signal
import socket
import urllib.request
from collections.abc import Iterator

import psycopg2
import pytest

from config.appliance import runtime
from config.appliance.places import Home
from config.appliance.postgres import Postgres
from tests.config.running import Appliance, eventually

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def running() -> Iterator[Appliance]:
    """One appliance, shared by tests that inspect it and kill its processes."""
    appliance = Appliance()
    try:
        yield appliance.up()
    finally:
        appliance.clear_away()


@pytest.fixture
def fresh() -> Iterator[Appliance]:
    """A new appliance."""
    appliance = Appliance()
    try:
        yield appliance
    finally:
        appliance.clear_away()


def query(appliance: Appliance, statement: str) -> object:
    """Return the first value of a query; OperationalError while the server is down."""
    connection = psycopg2.connect(runtime.read(appliance.home)["DATABASE_URL"])
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()[0] if cursor.description else None
    finally:
        connection.close()


def database_answers(appliance: Appliance) -> bool:
    try:
        return query(appliance, "select 1") == 1
    except psycopg2.OperationalError:
        return False


def test_it_prints_the_address_of_the_web_server(running: Appliance) -> None:
    address = f"http://127.0.0.1:{running.web_port}"
    assert running.text.count(address) >= 1
    with urllib.request.urlopen(address, timeout=60) as answer:
        assert answer.status == 200


def test_the_preparation_ran_before_the_processes_started(running: Appliance) -> None:
    assert running.text.index("prepare   | prepared") < running.text.index("Starting the processes")


def test_log_lines_are_shown_with_the_process_name_and_stored_in_its_file(
    running: Appliance,
) -> None:
    assert eventually(lambda: running.has_printed("counter   | counted 3"))
    assert "counted 3\n" in (running.home.log / "counter.log").read_text()


def test_stored_secrets_are_readable_by_the_owner_only(
    running: Appliance,
) -> None:
    for path in (running.home.runtime_env, running.home.postgres_password):
        assert path.stat().st_mode & 0o777 == 0o600


def test_the_application_is_not_a_superuser(running: Appliance) -> None:
    assert query(running, "select usesuper from pg_user where usename = current_user") is False


def test_the_database_rejects_a_wrong_password(running: Appliance) -> None:
    address = runtime.read(running.home)["DATABASE_URL"]
    password = runtime.read(running.home)["GATEHOUSE_DATABASE_PASSWORD"]
    with pytest.raises(psycopg2.OperationalError, match="password"):
        psycopg2.connect(address.replace(password, "guessed"))


def test_a_commit_waits_for_the_disk(running: Appliance) -> None:
    assert query(running, "show synchronous_commit") == "on"
    assert query(running, "show fsync") == "on"


def test_a_second_start_in_the_same_home_names_the_running_one(running: Appliance) -> None:
    second = Appliance()
    try:
        second.start(
            GATEHOUSE_HOME=str(running.home.root),
            GATEHOUSE_PORT=str(second.web_port),
            GATEHOUSE_MQTT_PORT=str(second.broker_port),
            GATEHOUSE_MQTT_BACKEND_PORT=str(second.backend_port),
        )
        assert eventually(lambda: second.ended)
        assert second.supervisor is not None
        assert second.supervisor.returncode != 0
        assert f"already runs here (pid {running.supervisor.pid})" in second.text
        assert "GATEHOUSE_HOME" in second.text
        assert database_answers(running)
    finally:
        second.clear_away()


def test_a_killed_process_is_restarted(running: Appliance) -> None:
    before = running.process("counter")
    before.kill()
    assert eventually(lambda: running.process("counter") not in (None, before))
    assert eventually(lambda: running.has_printed("counter was killed by SIGKILL"))


def test_the_children_of_a_killed_process_are_killed(running: Appliance) -> None:
    before = running.process("parent")
    assert eventually(before.children)
    child = before.children()[0]
    before.kill()
    assert eventually(lambda: running.process("parent") not in (None, before))
    assert eventually(lambda: not child.is_running() or child.status() == "zombie")


def test_a_killed_database_is_restarted_with_its_committed_data(running: Appliance) -> None:
    query(running, "create table if not exists passages (plate text)")
    query(running, "insert into passages values ('B 1')")
    before = running.process("postgres")
    before.kill()
    assert eventually(lambda: running.process("postgres") not in (None, before), 30)
    assert eventually(lambda: database_answers(running), 30), running.text
    assert query(running, "select plate from passages") == "B 1"


def test_a_killed_broker_is_restarted(running: Appliance) -> None:
    before = running.process("broker")
    before.kill()
    assert eventually(lambda: running.process("broker") not in (None, before))
    address = ("127.0.0.1", running.broker_port)

    def answers() -> bool:
        try:
            socket.create_connection(address, timeout=1).close()
        except OSError:
            return False
        return True

    assert eventually(answers)


def test_an_occupied_port_is_reported_with_its_setting(fresh: Appliance) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", fresh.web_port))
        other.listen()
        fresh.start()
        assert eventually(lambda: fresh.ended)
    last = fresh.text.strip().splitlines()[-1]
    assert last.startswith(f"Port {fresh.web_port} on 127.0.0.1 is taken")
    assert "GATEHOUSE_PORT=" in last
    assert fresh.supervisor.returncode != 0
    assert fresh.all_processes() == []


def test_an_occupied_broker_port_is_reported_with_its_setting(fresh: Appliance) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", fresh.broker_port))
        other.listen()
        fresh.start()
        assert eventually(lambda: fresh.ended)
    last = fresh.text.strip().splitlines()[-1]
    assert f"Port {fresh.broker_port}" in last
    assert "GATEHOUSE_MQTT_PORT=" in last
    assert fresh.all_processes() == []


def test_an_invalid_port_is_reported_with_its_setting(fresh: Appliance) -> None:
    fresh.start(GATEHOUSE_PORT="eighty")
    assert eventually(lambda: fresh.ended)
    assert "GATEHOUSE_PORT=eighty is not a port" in fresh.text


def test_a_home_with_a_path_too_long_for_a_socket_works(fresh: Appliance) -> None:
    long = fresh.home.root / ("long" * 25) / "home"
    fresh.up(GATEHOUSE_HOME=str(long))
    address = next(line for line in (long / "runtime.env").read_text().split() if "?host" in line)
    with psycopg2.connect(address.removeprefix("DATABASE_URL=")) as connection:
        assert connection.info.dbname == "gatehouse"
    assert fresh.stop() == 0
    Postgres(Home(long), "").socket_folder.rmdir()


def test_an_interrupted_first_start_is_repeated(fresh: Appliance) -> None:
    half = fresh.home.root / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    fresh.up()
    assert database_answers(fresh)


def test_data_of_another_version_is_reported_and_not_changed(fresh: Appliance) -> None:
    fresh.home.postgres.mkdir()
    (fresh.home.postgres / "PG_VERSION").write_text("12\n")
    fresh.start()
    assert eventually(lambda: fresh.ended)
    assert "holds data of PostgreSQL 12" in fresh.text.strip().splitlines()[-1]
    assert fresh.all_processes() == []


def test_a_program_that_cannot_be_run_is_reported_and_all_processes_stop(
    fresh: Appliance,
) -> None:
    fresh.start(TINY_BESIDE="speaker=/nowhere/speaker")
    assert eventually(lambda: fresh.ended)
    assert fresh.text.strip().splitlines()[-1].startswith("speaker cannot be run")
    assert fresh.all_processes() == []


def test_a_failed_preparation_stops_all_processes(fresh: Appliance) -> None:
    fresh.start(TINY_PREPARATION="raise SystemExit('no such table')")
    assert eventually(lambda: fresh.ended, 60)
    assert "prepare   | no such table" in fresh.text
    assert fresh.text.strip().splitlines()[-1].startswith("prepare failed")
    assert fresh.supervisor.returncode != 0
    assert fresh.all_processes() == []


def test_it_stops_cleanly_and_restarts_with_its_data_and_secrets(fresh: Appliance) -> None:
    fresh.up()
    secrets = fresh.home.runtime_env.read_text()
    query(fresh, "create table kept as select 7 as number")
    assert fresh.stop(signal.SIGTERM) == 0
    assert fresh.has_printed("Stopped; the data stays in")
    assert fresh.all_processes() == []
    fresh.up()
    assert query(fresh, "select number from kept") == 7
    assert fresh.home.runtime_env.read_text() == secrets


def test_after_kill_9_of_the_supervisor_the_next_start_stops_its_processes(
    fresh: Appliance,
) -> None:
    fresh.up()
    query(fresh, "create table kept as select 7 as number")
    fresh.kill_supervisor()
    left = {name: fresh.process(name) for name in ("web", "counter", "broker", "postgres")}
    assert all(left.values()), "gates keep running without the supervisor"
    assert database_answers(fresh)
    fresh.up()
    assert fresh.has_printed("Stopping postgres (pid")
    assert all(fresh.process(name) not in (None, before) for name, before in left.items())
    assert query(fresh, "select number from kept") == 7
    assert fresh.stop() == 0
    assert fresh.all_processes() == []


@pytest.mark.skipif(not shutil.which("mosquitto", path="/usr/sbin:/usr/bin"), reason="no mosquitto")
def test_without_mosquitto_it_warns_about_the_embedded_broker(fresh: Appliance) -> None:
    fresh.up(GATEHOUSE_BROKER="embedded")
    assert fresh.has_printed("for trying out only")
    assert fresh.has_printed("apt-get install mosquitto")
