"""Committed entries are sealed in order by one process, and alterations are found."""

import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from core import audit, clock
from core.audit import anchors, sealing
from core.models import AuditEntry, AuditSeal
from tests.at_once import at_once
from tests.config.running import eventually
from tests.factories import SiteFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def site():
    return SiteFactory()


def record(site, count=1):
    return [audit.record(site, "clock", "start", ("job", number)) for number in range(count)]


def tamper(*statements, **values):
    """Do what only the database's superuser can: change rows with the triggers off."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in statements:
            cursor.execute(statement, values or None)


def texts(site):
    return [str(problem) for problem in audit.problems(site.pk)]


def verify(*arguments):
    output = StringIO()
    call_command("verify_audit", *arguments, stdout=output)
    return output.getvalue()


def failure(*arguments):
    output = StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("verify_audit", *arguments, stdout=output)
    return f"{output.getvalue()}{caught.value}"


def test_a_batch_that_is_read_in_parts_is_one_chain(site, monkeypatch):
    monkeypatch.setattr(sealing, "_READ_AT_ONCE", 2)
    entries = record(site, 5)
    assert sealing.Sealer(batch=4).seal() == 4
    assert sealing.Sealer().seal() == 1
    seals = AuditSeal.objects.filter(site=site).order_by("seq")
    assert [seal.entry_id for seal in seals] == [entry.pk for entry in entries]
    assert texts(site) == []


def test_the_process_that_seals_loads_no_page_of_the_web():
    """They take 33 MiB of it, and it shows none."""
    code = (
        "import sys, django; django.setup()\n"
        "from django.core.management import execute_from_command_line as run\n"
        "from core.management.commands import seal_audit\n"
        "seal_audit.SealingProcess.run = lambda self: sys.exit('console.urls' in sys.modules)\n"
        "run(['manage.py', 'seal_audit'])"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, check=False)
    assert done.returncode == 0


def test_each_chain_is_sealed_in_the_order_of_its_entries(site):
    other = SiteFactory()
    first, second = record(site, 2)
    record(other), record(None)
    assert sealing.Sealer().seal() == 4
    seals = AuditSeal.objects.filter(site=site).order_by("seq")
    assert [(seal.seq, seal.entry_id) for seal in seals] == [(1, first.pk), (2, second.pk)]
    assert seals[1].previous == seals[0].digest
    assert AuditSeal.objects.get(site=other).seq == AuditSeal.objects.get(site=None).seq == 1
    assert texts(site) == texts(other) == list(audit.problems(None)) == []


def test_a_chain_goes_on_in_the_next_batch_and_in_another_process(site):
    record(site, 5)
    sealer = sealing.Sealer(batch=2)
    assert [sealer.seal() for _ in range(4)] == [2, 2, 1, 0]
    record(site, 2)
    assert sealing.Sealer().seal() == 2
    assert AuditSeal.objects.filter(site=site).order_by("-seq")[0].seq == 7
    assert texts(site) == []


def test_an_entry_waits_for_its_seal_while_an_older_transaction_is_open(site):
    recorded, finish = threading.Event(), threading.Event()

    def long_transaction():
        with transaction.atomic():
            record(site)
            recorded.set()
            assert finish.wait(60)

    def seal_meanwhile():
        sealer = sealing.Sealer()
        assert recorded.wait(60)
        try:
            record(site)
            assert sealer.seal() == 0, "the open transaction may still come before it"
        finally:
            finish.set()
        return sealer

    _, sealer = at_once(long_transaction, seal_meanwhile)
    assert sealer.seal() == 2
    assert texts(site) == []


def test_what_was_rolled_back_leaves_no_gap(site):
    record(site)
    with transaction.atomic():
        record(site)
        transaction.set_rollback(True)
    record(site)
    assert sealing.Sealer().seal() == 2
    assert texts(site) == []


def test_a_second_sealer_stands_by(site):
    record(site)
    holding, finish = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            first = sealing.Sealer().seal()
            holding.set()
            assert finish.wait(60)
        return first

    def stand_by():
        assert holding.wait(60)
        try:
            return sealing.Sealer().seal()
        finally:
            finish.set()

    assert at_once(hold, stand_by) == [1, None]


def test_entries_that_a_backup_of_another_server_brought_are_sealed(site):
    (entry,) = record(site)
    tamper("UPDATE core_auditentry SET xid = '9000000000000' WHERE id = %(pk)s", pk=entry.pk)
    assert sealing.Sealer().seal() == 1


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        (
            "UPDATE core_auditentry SET actor = 'x' WHERE id = {2}",
            "seal 2: its content was altered",
        ),
        ("UPDATE core_auditentry SET mac = 'x' WHERE id = {2}", "seal 2: the seal was altered"),
        ("DELETE FROM core_auditentry WHERE id = {2}", "seal 2: its entry is missing"),
        ("DELETE FROM core_auditseal WHERE seq = 2", "seal 3: seals 2 to 2 are missing"),
        ("UPDATE core_auditseal SET digest = 'x' WHERE seq = 3", "seal 3: the seal was altered"),
        ("UPDATE core_auditseal SET previous = 'x' WHERE seq = 2", "it doesn't follow the seal"),
        ("UPDATE core_auditseal SET entry_id = {5} WHERE seq = 4", "seal 4: the seal was altered"),
        ("UPDATE core_auditentry SET actor = 'x' WHERE id = {5}", "entry {5}: its content was al"),
    ],
)
def test_what_was_altered_is_found(site, statement, found):
    entries = record(site, 4)
    sealing.Sealer().seal()
    pks = [0, *(entry.pk for entry in [*entries, *record(site)])]
    assert texts(site) == []
    tamper(statement.format(*pks))
    assert any(found.format(*pks) in text for text in texts(site))
    assert "does not hold" in failure()


def test_a_cut_tail_is_found_by_the_anchor(site):
    record(site, 3)
    sealing.Sealer().seal()
    (anchor,) = anchors.write_due()
    assert anchor.seq == 3
    assert "Compared with the anchors" in verify()
    tamper("DELETE FROM core_auditseal WHERE seq = 3", "DELETE FROM core_auditentry")
    found = failure()
    assert f"site:{site.pk}, anchored {anchor.at.isoformat()}: seal 3 is missing" in found
    assert "the chain ends at 2" in found


def test_truncate_and_an_emptied_chain_are_found_by_the_anchor(site):
    other = SiteFactory()
    record(site, 2), record(other)
    sealing.Sealer().seal()
    anchors.write_due()
    tamper(
        "DELETE FROM core_auditseal WHERE site_id = %(pk)s",
        "DELETE FROM core_auditentry WHERE site_id = %(pk)s",
        pk=site.pk,
    )
    assert "all 2 seals are missing" in failure()
    tamper("TRUNCATE core_auditentry, core_auditseal")
    assert failure().count("seals are missing") == 2


def test_a_chain_that_was_emptied_and_begun_again_is_found(site):
    record(site, 2)
    sealing.Sealer().seal()
    anchors.write_due()
    tamper("TRUNCATE core_auditentry, core_auditseal")
    record(site, 2)
    sealing.Sealer().seal()
    assert texts(site) == []
    assert "seal 2 is another one now" in failure()


def test_an_empty_log_of_a_used_installation_fails_without_anchors(site):
    assert "The audit log is empty although" in failure()


def test_an_unused_installation_passes(site):
    tamper("TRUNCATE core_site CASCADE", "ALTER SEQUENCE core_auditentry_id_seq RESTART")
    assert "no seals" in verify()


def test_a_truncated_log_fails_even_after_its_sites_are_gone(site):
    record(site)
    tamper("TRUNCATE core_site CASCADE")
    assert "The audit log is empty although" in failure()


def test_a_named_file_of_anchors_must_exist(tmp_path):
    assert "does not exist" in failure("--anchors", str(tmp_path / "none"))


@pytest.mark.parametrize("forge", [lambda line: line.replace(" 2 ", " 1 "), lambda line: "x"])
def test_a_forged_anchor_is_found(site, settings, tmp_path, forge):
    record(site, 2)
    sealing.Sealer().seal()
    anchors.write_due()
    copy = tmp_path / "copy"
    copy.write_text(forge(settings.AUDIT_ANCHORS.read_text().rstrip()) + "\n")
    assert f"line 1 of {copy}: it is not a genuine anchor" in failure("--anchors", str(copy))


def test_a_head_is_anchored_once_a_day_in_the_file_and_the_log(site, settings, monkeypatch, caplog):
    caplog.set_level("INFO")
    record(site)
    sealing.Sealer().seal()
    (first,) = anchors.write_due()
    assert anchors.write_due() == []
    assert settings.AUDIT_ANCHORS.stat().st_mode & 0o777 == 0o600
    tomorrow = clock.now() + timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: tomorrow)
    (second,) = anchors.write_due()
    lines = settings.AUDIT_ANCHORS.read_text().splitlines()
    assert lines == [first.line(), second.line()]
    assert all(line in caplog.text for line in lines)


def test_unsealed_entries_are_listed_with_a_warning_after_60_s(site):
    record(site)
    assert "1 entries are not sealed yet" in verify()
    assert "Warning" not in verify()
    tamper("UPDATE core_auditentry SET at = at - interval '61 s'")
    assert sealing.overdue(clock.now()).count() == 1
    output = failure()  # the altered time breaks its digest, too
    assert "Warning: 1 of them are older than 60 s" in output


def database_url():
    at = connection.settings_dict
    return os.environ["DATABASE_URL"].replace("/postgres?", f"/{at['NAME']}?", 1)


def test_the_process_survives_a_lost_connection_and_stops_on_sigterm(site, settings):
    if "/postgres?" not in os.environ["DATABASE_URL"]:
        pytest.skip("DATABASE_URL names another server")
    environment = os.environ | {
        "DATABASE_URL": database_url(),
        "GATEHOUSE_AUDIT_ANCHORS": str(settings.AUDIT_ANCHORS),
    }
    root = Path(__file__).resolve().parent.parent.parent
    record(site)
    with subprocess.Popen(
        [sys.executable, "manage.py", "seal_audit"], cwd=root, env=environment
    ) as process:
        try:
            assert eventually(lambda: AuditSeal.objects.count() == 1)
            assert eventually(settings.AUDIT_ANCHORS.is_file)
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            record(site)
            assert eventually(lambda: AuditSeal.objects.count() == 2)
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    assert not AuditEntry.objects.filter(seal=None).exists()
