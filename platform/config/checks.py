"""The checks of `manage.py doctor`: one result per component, with a hint if it fails."""

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError as QueryError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from config import database_roles
from config.appliance import broker, postgres, records
from config.appliance.broker import TLS_FILES, find_mosquitto
from config.appliance.certificates import expires_in
from config.appliance.places import Home
from config.appliance.programs import appliance_programs
from config.appliance.runtime import GENERATED, Choices, Plan
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
LEAST_VALIDITY = timedelta(days=21)


@dataclass(frozen=True)
class CheckResult:
    """The state of one component; a failed check has a hint."""

    part: str
    text: str
    hint: str = ""

    @property
    def ok(self) -> bool:
        """Whether the check passed."""
        return not self.hint

    def __str__(self) -> str:
        hint = f" Fix: {self.hint}" if self.hint else ""
        return f"{'ok' if self.ok else 'WRONG':<6} {self.part:<12} {self.text}{hint}"


def run_checks(home: Home) -> Iterator[CheckResult]:
    """Check every component, in the order in which they depend on each other."""
    plan = Plan.of(home, Choices.now(home))
    yield CheckResult("python", sys.version.split()[0])
    yield space(home)
    yield supervisor(home)
    yield proxy()
    database = database_answers()
    yield database
    if database.ok:
        yield migrations()
        yield queue()
        yield audit_log()
        yield books()
        yield from telemetry()
    yield last_backup(home)
    yield from broker_answers()
    yield from certificates(home)
    if database.ok:
        yield from broker_accounts()
    yield from processes(home, plan)


def space(home: Home) -> CheckResult:
    """Check the free disk space."""
    free = shutil.disk_usage(home.root if home.root.exists() else home.root.parent).free
    text = f"{free // 1024**3} GB free at {home.root}."
    return CheckResult("disk", text, "" if free > LEAST_SPACE else "free some space.")


def certificates(home: Home) -> Iterator[CheckResult]:
    """Check that the certificates of broker and web server are valid for some time."""
    web = settings.CERTIFICATE
    files = {
        "broker": home.broker / TLS_FILES[0],
        "web": home.tls / "server.crt" if web == GENERATED else Path(web or "none"),
    }
    for part, file in files.items():
        if file.is_file():
            left = expires_in(file)
            hint = "" if left > LEAST_VALIDITY else "renew it, or start again if it is generated."
            yield CheckResult("certificate", f"of the {part}: {left.days} days left.", hint)


def supervisor(home: Home) -> CheckResult:
    """Check the supervisor, which `make up` starts."""
    process = records.find_running(home.run, SUPERVISOR)
    if process is None:
        return CheckResult("supervisor", "not running.", "make up")
    address = records.load(home.run, SUPERVISOR).get("address", "")
    return CheckResult("supervisor", f"running (pid {process.pid}), {address}")


def proxy() -> CheckResult:
    """Check that the proxy in front of an https address is trusted to name its clients."""
    if not settings.HTTPS or settings.CERTIFICATE:
        return CheckResult("proxy", "none needed.")
    if settings.TRUSTED_PROXIES:
        return CheckResult("proxy", f"trusted: {', '.join(settings.TRUSTED_PROXIES)}.")
    text = "none is trusted, so all visitors seem to have one address and share its limits."
    return CheckResult("proxy", text, "set GATEHOUSE_TRUSTED_PROXIES to the proxy's address.")


def database_answers() -> CheckResult:
    """Check that the configured database answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("show server_version")
            version = cursor.fetchone()[0]
            cursor.execute("select current_setting('timescaledb.license', true)")
            licence = cursor.fetchone()[0]
    except QueryError as error:
        problem = str(error).strip().splitlines()[0]
        return CheckResult("database", problem, "make up, or set DATABASE_URL to one that answers.")
    extra = f", TimescaleDB ({licence})" if licence else ""
    return CheckResult("database", f"PostgreSQL {version}{extra}")


def migrations() -> CheckResult:
    """Check for unapplied migrations."""
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        return CheckResult("migrations", f"{len(missing)} unapplied.", "manage.py migrate")
    return CheckResult("migrations", "all applied.")


def queue() -> CheckResult:
    """Check the length of the job queue."""
    try:
        count = jobs.waiting()
    except QueryError:
        return CheckResult("queue", "the queue has no tables yet.", "manage.py migrate")
    hint = "look at the two jobs processes below and at their logs." if count > MANY_JOBS else ""
    return CheckResult("queue", f"{count} jobs waiting.", hint)


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
    """Check that audit entries are sealed, and compare the chains with their newest anchors."""
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
    """Check that the application's database role can't change audit log and ledger."""
    found = database_roles.weaknesses()
    if found:
        hint = "set DATABASE_OWNER_URL to another role, and manage.py migrate."
        return CheckResult("books", f"{found[0]}.", hint)
    return CheckResult("books", "the application can't change audit log and ledger.")


def broker_answers() -> Iterator[CheckResult]:
    """Check that mosquitto is installed and the configured broker answers."""
    path = find_mosquitto()
    if path is None:
        yield CheckResult("mosquitto", "not installed.", "apt-get install mosquitto, then make up")
    else:
        yield CheckResult("mosquitto", path)
    address = urlsplit(settings.MQTT_URL)
    if not address.hostname:
        yield CheckResult("broker", "MQTT_URL is not set.", "make up, or set MQTT_URL.")
        return
    place = (address.hostname, address.port or 1883)
    hint = "" if answers(place) else "make up, or correct MQTT_URL."
    yield CheckResult(
        "broker", f"{place[0]}:{place[1]} {'answers' if not hint else 'does not answer'}.", hint
    )


def broker_accounts() -> Iterator[CheckResult]:
    """Check that the broker's accounts are exactly those of the registry."""
    broker = ports.broker_accounts()
    if broker is None:
        return
    try:
        drift = broker.compare(accounts.all_accounts())
    except BrokerError as error:
        yield CheckResult("accounts", f"{error}.", "make up, or correct MQTT_URL.")
        return
    except QueryError:
        yield CheckResult("accounts", "the registry has no tables yet.", "manage.py migrate")
        return
    count = len(drift.outdated) + len(drift.unknown)
    if count:
        hint = "the process bulk-jobs compares them every 5 minutes: look at its log."
        yield CheckResult("accounts", f"{count} at the broker are not those of the registry.", hint)
    else:
        yield CheckResult("accounts", "the broker has those of the registry.")


def processes(home: Home, plan: Plan) -> Iterator[CheckResult]:
    """Check every process of the appliance, and every recorded one."""
    names = [program.name for program in appliance_programs(plan, demo=False)]
    known = [n for n in records.names(home.run) if n != SUPERVISOR]
    for name in dict.fromkeys([postgres.NAME, broker.NAME, *names, *known]):
        process = records.find_running(home.run, name)
        if process is not None:
            yield CheckResult(name, f"running (pid {process.pid}).")
        elif name in known or records.find_running(home.run, SUPERVISOR):
            yield CheckResult(name, "not running.", f"see {home.log / name}.log")
