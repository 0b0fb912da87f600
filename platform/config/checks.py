"""The checks of `manage.py doctor` and of the health page: one result per component."""

import shutil
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from importlib.metadata import version
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError as QueryError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _

from billing.balances import differing_totals
from config import database_roles, face_checks, service_checks
from config.appliance import broker, postgres, records, web_certificate
from config.appliance.broker import TLS_FILES, find_mosquitto
from config.appliance.certificates import expires_in
from config.appliance.places import Home
from config.appliance.programs import appliance_programs
from config.appliance.runtime import Choices, Plan, SettingError
from config.appliance.supervisor import SUPERVISOR, answers
from config.backup import state
from core import clock, jobs
from core.audit import anchors, sealing
from core.health import CheckResult
from core.models import AuditSeal
from core.text_lists import joined
from devices import accounts, ports
from devices.ports import BrokerError
from devices.telemetry import health

LEAST_SPACE = 2 * 1024**3  # bytes
MANY_JOBS = 1000
LONGEST_WAIT = timedelta(minutes=30)
MAX_BACKUP_AGE_DAYS = 7
LEAST_VALIDITY = timedelta(days=21)
RECENT = timedelta(days=7)


def run_checks(home: Home, *, is_thorough: bool = False) -> Iterator[CheckResult]:
    """Check every component, in the order in which they depend on each other.

    Args:
        is_thorough: compare all days of the ledger instead of the last ones.
    """
    plan = Plan.of(home, Choices.now(home))
    yield CheckResult("gatehouse", f"{version('gatehouse')}, Python {sys.version.split()[0]}")
    yield space(home)
    yield supervisor(home)
    yield proxy()
    yield service_checks.https()
    yield service_checks.plate_engines()
    yield face_checks.face_engine()
    database = database_answers()
    yield database
    if database.ok:
        yield migrations()
        yield queue()
        yield service_checks.plate_recognition()
        yield service_checks.outgoing()
        yield service_checks.authorities()
        yield service_checks.mail()
        yield service_checks.text_messages()
        yield service_checks.push_messages()
        yield service_checks.payments()
        yield service_checks.documents()
        yield audit_log()
        yield books()
        yield ledger_totals(date.min if is_thorough else clock.now().date() - RECENT)
        yield from telemetry()
    yield last_backup(home)
    yield from broker_answers()
    yield from certificates(home)
    if database.ok:
        yield from broker_accounts()
    yield from processes(home, plan)


def current_checks() -> Iterator[CheckResult]:
    """Check this installation; an invalid setting is a failed check."""
    try:
        yield from run_checks(Home.at(settings.HOME))
    except SettingError as error:
        yield CheckResult("settings", str(error), _("correct the setting, and start again."))


def space(home: Home) -> CheckResult:
    """Check the free disk space."""
    free = shutil.disk_usage(home.root if home.root.exists() else home.root.parent).free
    text = _("%(free)s GB free at %(folder)s.") % {"free": free // 1024**3, "folder": home.root}
    return CheckResult("disk", text, "" if free > LEAST_SPACE else _("free some space."))


def certificates(home: Home) -> Iterator[CheckResult]:
    """Check that the certificates of broker and web server are valid for some time."""
    web = _web_certificate(home)
    files = {
        _("of the broker: %(days)s days left."): home.broker / TLS_FILES[0],
        _("of the web server: %(days)s days left."): web_certificate.served_file(home, web),
    }
    for text, file in files.items():
        if file is not None and file.is_file():
            left = expires_in(file)
            is_enough = left > LEAST_VALIDITY
            hint = "" if is_enough else _("renew it, or start again if it is generated.")
            yield CheckResult("certificate", text % {"days": left.days}, hint)


def _web_certificate(home: Home) -> web_certificate.CertificateChoice:
    if settings.CERTIFICATE:
        return web_certificate.CertificateChoice(settings.CERTIFICATE)
    return web_certificate.chosen(home)


def supervisor(home: Home) -> CheckResult:
    """Check the supervisor, which `make up` starts."""
    process = records.find_running(home.run, SUPERVISOR)
    if process is None:
        return CheckResult("supervisor", _("not running."), "make up")
    address = records.load(home.run, SUPERVISOR).get("address", "")
    text = _("running (pid %(pid)s), %(address)s")
    return CheckResult("supervisor", text % {"pid": process.pid, "address": address})


def proxy() -> CheckResult:
    """Check that the proxy in front of an https address is trusted to name its clients."""
    if not settings.HTTPS or _web_certificate(Home.at(settings.HOME)).certificate:
        return CheckResult("proxy", _("none needed."))
    if settings.TRUSTED_PROXIES:
        names = joined(settings.TRUSTED_PROXIES)
        return CheckResult("proxy", _("trusted: %(names)s.") % {"names": names})
    text = _("none is trusted, so all visitors seem to have one address and share its limits.")
    return CheckResult("proxy", text, _("set GATEHOUSE_TRUSTED_PROXIES to the proxy's address."))


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
        hint = _("make up, or set DATABASE_URL to one that answers.")
        return CheckResult("database", problem, hint)
    extra = f", TimescaleDB ({licence})" if licence else ""
    return CheckResult("database", f"PostgreSQL {version}{extra}")


def migrations() -> CheckResult:
    """Check for unapplied migrations."""
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        text = _("%(count)s unapplied.") % {"count": len(missing)}
        return CheckResult("migrations", text, "manage.py migrate")
    return CheckResult("migrations", _("all applied."))


def queue() -> CheckResult:
    """Check the length of the job queue, and how long its first job waits."""
    try:
        count, since = jobs.waiting(), jobs.oldest_waiting()
    except QueryError:
        return CheckResult("queue", _("the queue has no tables yet."), "manage.py migrate")
    if since is None:
        return CheckResult("queue", _("no job waits."))
    waits = clock.now() - since
    text = _("%(count)s jobs waiting, the first for %(minutes)s minutes.")
    shown = text % {"count": count, "minutes": int(waits.total_seconds() // 60)}
    if count <= MANY_JOBS and waits <= LONGEST_WAIT:
        return CheckResult("queue", shown)
    return CheckResult("queue", shown, _("look at the two jobs processes below and at their logs."))


def last_backup(home: Home) -> CheckResult:
    """How long ago `manage.py backup` last succeeded; other backups are not known here."""
    last = state.last_backup(home)
    if last is None:
        return CheckResult("backup", _("none was made by manage.py backup."))
    days = (clock.now() - last.created_at).days
    hint = "manage.py backup DIR" if days > MAX_BACKUP_AGE_DAYS else ""
    text = _("%(days)s days ago, in %(folder)s.") % {"days": days, "folder": last.folder}
    return CheckResult("backup", text, hint)


def telemetry() -> Iterator[CheckResult]:
    """TimescaleDB's licence and version, and whether the roll-ups are up to date."""
    try:
        findings = list(health.findings(clock.now()))
    except QueryError:
        yield CheckResult("telemetry", _("it has no tables yet."), "manage.py migrate")
        return
    for finding in findings:
        yield CheckResult("telemetry", finding.problem, finding.hint)
    if not findings:
        yield CheckResult("telemetry", _("tables and roll-ups are in order."))


def audit_log() -> CheckResult:
    """Check that audit entries are sealed, and compare the chains with their newest anchors."""
    try:
        overdue = sealing.overdue(clock.now()).count()
        if overdue:
            text = _("%(count)s entries unsealed for over 60 s.") % {"count": overdue}
            return CheckResult("audit", text, _hold_up())
        missing = anchors.mismatches(settings.AUDIT_ANCHORS)
    except QueryError:
        return CheckResult("audit", _("the audit log has no tables yet."), "manage.py migrate")
    if missing:
        return CheckResult("audit", f"{missing[0]}.", _("manage.py verify_audit, then a backup."))
    last = AuditSeal.objects.order_by("-pk").first()
    if last is None:
        return CheckResult("audit", _("every entry is sealed."))
    text = _("every entry is sealed, the last one at %(time)s UTC.")
    return CheckResult("audit", text % {"time": f"{last.sealed_at:%Y-%m-%d %H:%M:%S}"})


def _hold_up() -> str:
    """Name what keeps entries from being sealed: an open transaction, or a missing process."""
    oldest = sealing.oldest_transaction()
    if oldest is not None and oldest[1] > sealing.LONGEST_UNSEALED:
        text = _("a transaction is open for %(time)s (PostgreSQL process %(pid)s): end it.")
        return text % {"time": oldest[1], "pid": oldest[0]}
    return _("look at the audit process below and at its log.")


def books() -> CheckResult:
    """Check that the application's database role can't change audit log and ledger."""
    found = database_roles.weaknesses()
    if found:
        hint = _("set DATABASE_OWNER_URL to another role, and manage.py migrate.")
        return CheckResult("books", f"{found[0]}.", hint)
    return CheckResult("books", _("the application can't change audit log and ledger."))


def ledger_totals(since: date) -> CheckResult:
    """Check that the ledger's daily totals, which reports read, are the sums of its lines."""
    found = differing_totals(since)
    if not found:
        return CheckResult("ledger", _("daily totals are the sums of their lines."))
    text = _("%(count)s daily totals are not the sum of their lines, the first of %(day)s.")
    shown = text % {"count": len(found), "day": min(each.posted_on for each in found)}
    return CheckResult("ledger", shown, "manage.py correct_totals")


def broker_answers() -> Iterator[CheckResult]:
    """Check that mosquitto is installed and the configured broker answers."""
    path = find_mosquitto()
    if path is None:
        hint = _("apt-get install mosquitto, then make up")
        yield CheckResult("mosquitto", _("not installed."), hint)
    else:
        yield CheckResult("mosquitto", path)
    address = urlsplit(settings.MQTT_URL)
    if not address.hostname:
        yield CheckResult("broker", _("MQTT_URL is not set."), _("make up, or set MQTT_URL."))
        return
    place = (address.hostname, address.port or 1883)
    shown = {"address": f"{place[0]}:{place[1]}"}
    if answers(place):
        yield CheckResult("broker", _("%(address)s answers.") % shown)
    else:
        hint = _("make up, or correct MQTT_URL.")
        yield CheckResult("broker", _("%(address)s does not answer.") % shown, hint)


def broker_accounts() -> Iterator[CheckResult]:
    """Check that the broker's accounts are exactly those of the registry."""
    broker = ports.broker_accounts()
    if broker is None:
        return
    try:
        drift = broker.compare(accounts.all_accounts())
    except BrokerError as error:
        yield CheckResult("accounts", f"{error}.", _("make up, or correct MQTT_URL."))
        return
    except QueryError:
        yield CheckResult("accounts", _("the registry has no tables yet."), "manage.py migrate")
        return
    count = len(drift.outdated) + len(drift.unknown)
    if count:
        hint = _("the process bulk-jobs compares them every 5 minutes: look at its log.")
        text = _("%(count)s at the broker are not those of the registry.") % {"count": count}
        yield CheckResult("accounts", text, hint)
    else:
        yield CheckResult("accounts", _("the broker has those of the registry."))


def processes(home: Home, plan: Plan) -> Iterator[CheckResult]:
    """Check every process of the appliance, and every recorded one."""
    names = [program.name for program in appliance_programs(plan, demo=False)]
    known = [n for n in records.names(home.run) if n != SUPERVISOR]
    for name in dict.fromkeys([postgres.NAME, broker.NAME, *names, *known]):
        process = records.find_running(home.run, name)
        if process is not None:
            yield CheckResult(name, _("running (pid %(pid)s).") % {"pid": process.pid})
        elif name in known or records.find_running(home.run, SUPERVISOR):
            hint = _("see %(file)s") % {"file": f"{home.log / name}.log"}
            yield CheckResult(name, _("not running."), hint)
