"""What `manage.py doctor` looks at: one result for each part, and its hint."""

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError as QueryError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from config import database_roles
from config.appliance import broker, postgres, records
from config.appliance.broker import find_mosquitto
from config.appliance.places import Home
from config.appliance.programs import table
from config.appliance.runtime import Choices, Plan
from config.appliance.supervisor import SUPERVISOR, answers
from config.backup import state
from core import clock, jobs
from core.audit import anchors, sealing
from devices import accounts, ports
from devices.ports import BrokerError
from devices.telemetry import health

LEAST_SPACE = 2 * 1024**3  # bytes
MANY_JOBS = 1000
MAX_BACKUP_AGE_DAYS = 7


@dataclass(frozen=True)
class CheckResult:
    """What was found about one part; where it is not well, `hint` says what to do."""

    part: str
    text: str
    hint: str = ""

    @property
    def well(self) -> bool:
        """True where nothing needs to be done."""
        return not self.hint

    def __str__(self) -> str:
        hint = f" Mend: {self.hint}" if self.hint else ""
        return f"{'ok' if self.well else 'WRONG':<6} {self.part:<12} {self.text}{hint}"


def examine(home: Home) -> Iterator[CheckResult]:
    """Look at every part, in the order in which they need each other."""
    plan = Plan.of(home, Choices.now(home))
    yield CheckResult("python", sys.version.split()[0])
    yield space(home)
    yield supervisor(home)
    database = database_answers()
    yield database
    if database.well:
        yield migrations()
        yield queue()
        yield audit_log()
        yield books()
        yield from telemetry()
    yield last_backup(home)
    yield from the_broker()
    if database.well:
        yield from broker_accounts()
    yield from processes(home, plan)


def space(home: Home) -> CheckResult:
    """Room on the disk for photos and messages."""
    free = shutil.disk_usage(home.root if home.root.exists() else home.root.parent).free
    text = f"{free // 1024**3} GB free where {home.root} lies."
    return CheckResult("disk", text, "" if free > LEAST_SPACE else "make room there.")


def supervisor(home: Home) -> CheckResult:
    """The process that `make up` started."""
    process = records.living(home.run, SUPERVISOR)
    if process is None:
        return CheckResult("supervisor", "not running.", "make up")
    address = records.facts(home.run, SUPERVISOR).get("address", "")
    return CheckResult("supervisor", f"running (pid {process.pid}), {address}")


def database_answers() -> CheckResult:
    """The database that the settings name."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("show server_version")
            version = cursor.fetchone()[0]
            cursor.execute("select current_setting('timescaledb.license', true)")
            licence = cursor.fetchone()[0]
    except QueryError as error:
        said = str(error).strip().splitlines()[0]
        return CheckResult("database", said, "make up, or set DATABASE_URL to one that answers.")
    extra = f", TimescaleDB ({licence})" if licence else ""
    return CheckResult("database", f"PostgreSQL {version}{extra}")


def migrations() -> CheckResult:
    """Whether the tables are those of this version."""
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        return CheckResult("migrations", f"{len(missing)} to do.", "manage.py migrate")
    return CheckResult("migrations", "all done.")


def queue() -> CheckResult:
    """Jobs that wait."""
    try:
        count = jobs.waiting()
    except QueryError:
        return CheckResult("queue", "the queue has no tables yet.", "manage.py migrate")
    hint = "look at the two jobs processes below and at their logs." if count > MANY_JOBS else ""
    return CheckResult("queue", f"{count} jobs wait.", hint)


def last_backup(home: Home) -> CheckResult:
    """How long ago `manage.py backup` last succeeded; other backups are not known here."""
    last = state.last_backup(home)
    if last is None:
        return CheckResult("backup", "none was made by manage.py backup.")
    days = (clock.now() - last.created_at).days
    hint = "manage.py backup DIR" if days > MAX_BACKUP_AGE_DAYS else ""
    return CheckResult("backup", f"{days} days ago, in {last.folder}.", hint)


def telemetry() -> Iterator[CheckResult]:
    """TimescaleDB's licence and version, and whether the roll-ups are up to date."""
    try:
        findings = list(health.findings(clock.now()))
    except QueryError:
        yield CheckResult("telemetry", "it has no tables yet.", "manage.py migrate")
        return
    for finding in findings:
        yield CheckResult("telemetry", finding.problem, finding.hint)
    if not findings:
        yield CheckResult("telemetry", "tables and roll-ups are in order.")


def audit_log() -> CheckResult:
    """Whether audit entries are sealed, and the chains still hold the newest anchors."""
    try:
        overdue = sealing.overdue(clock.now()).count()
        if overdue:
            return CheckResult("audit", f"{overdue} entries unsealed for over 60 s.", _hold_up())
        missing = anchors.mismatches(settings.AUDIT_ANCHORS)
    except QueryError:
        return CheckResult("audit", "the audit log has no tables yet.", "manage.py migrate")
    if missing:
        return CheckResult("audit", f"{missing[0]}.", "manage.py verify_audit, then a backup.")
    return CheckResult("audit", "every entry is sealed.")


def _hold_up() -> str:
    """Name what keeps entries from being sealed: an open transaction, or a missing process."""
    oldest = sealing.oldest_transaction()
    if oldest is not None and oldest[1] > sealing.LONGEST_UNSEALED:
        return f"a transaction is open for {oldest[1]} (PostgreSQL process {oldest[0]}): end it."
    return "look at the audit process below and at its log."


def books() -> CheckResult:
    """Whether the application's database role is kept from changing audit log and ledger."""
    found = database_roles.weaknesses()
    if found:
        hint = "set DATABASE_OWNER_URL to another role, and manage.py migrate."
        return CheckResult("books", f"{found[0]}.", hint)
    return CheckResult("books", "the application can't change audit log and ledger.")


def the_broker() -> Iterator[CheckResult]:
    """mosquitto on the machine, and something that answers where the settings say."""
    path = find_mosquitto()
    if path is None:
        yield CheckResult("mosquitto", "not installed.", "apt-get install mosquitto, then make up")
    else:
        yield CheckResult("mosquitto", path)
    address = urlsplit(settings.MQTT_URL)
    if not address.hostname:
        yield CheckResult("broker", "no address is known.", "make up, or set MQTT_URL.")
        return
    place = (address.hostname, address.port or 1883)
    hint = "" if answers(place) else "make up, or mend MQTT_URL."
    yield CheckResult(
        "broker", f"{place[0]}:{place[1]} {'answers' if not hint else 'is silent'}.", hint
    )


def broker_accounts() -> Iterator[CheckResult]:
    """Whether the broker lets in the registry's devices and nobody else."""
    broker = ports.broker_accounts()
    if broker is None:
        return
    try:
        astray = broker.astray(accounts.everyone())
    except BrokerError as error:
        yield CheckResult("accounts", f"{error}.", "make up, or mend MQTT_URL.")
        return
    except QueryError:
        yield CheckResult("accounts", "the registry has no tables yet.", "manage.py migrate")
        return
    count = len(astray.different) + len(astray.unknown)
    if count:
        hint = "the process bulk-jobs compares them every 5 minutes: look at its log."
        yield CheckResult("accounts", f"{count} at the broker are not those of the registry.", hint)
    else:
        yield CheckResult("accounts", "the broker has those of the registry.")


def processes(home: Home, plan: Plan) -> Iterator[CheckResult]:
    """Every process that this home has a record of."""
    names = [program.name for program in table(plan, demo=False)]
    known = [n for n in records.names(home.run) if n != SUPERVISOR]
    for name in dict.fromkeys([postgres.NAME, broker.NAME, *names, *known]):
        process = records.living(home.run, name)
        if process is not None:
            yield CheckResult(name, f"running (pid {process.pid}).")
        elif name in known or records.living(home.run, SUPERVISOR):
            yield CheckResult(name, "not running.", f"see {home.log / name}.log")
