"""Audit entries are deleted after three years, and their chain stays verifiable across the gap."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from config.jobs import delete_old_audit_entries
from core import audit, clock, retention
from core.audit import Action, anchors, checkpoints, sealing
from core.models import AuditCheckpoint, AuditEntry, AuditSeal, RetentionReport
from core.retention.holds import Subject
from tests.factories import SiteFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)
OLD, YOUNG = 1100, 1000


@pytest.fixture
def site():
    return SiteFactory()


def entries(site, *days_ago, subject=("job", 1)):
    """Seal entries of so many days ago, oldest first."""
    now = clock.now()
    past = [Action(now - each * DAY, "clock", "start", subject) for each in days_ago]
    audit.record_past(site, past)
    sealing.Sealer().seal()
    return list(AuditEntry.objects.filter(site=site).order_by("pk"))[-len(past) :]


def left(site):
    return list(AuditEntry.objects.filter(site=site, actor="clock").order_by("pk"))


def verify():
    output = StringIO()
    call_command("verify_audit", stdout=output)
    return output.getvalue()


def failure():
    output = StringIO()
    with pytest.raises(CommandError):
        call_command("verify_audit", stdout=output)
    return output.getvalue()


def tamper(*statements):
    """Do what only the database's superuser can: change rows with the triggers off."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in statements:
            cursor.execute(statement)


def hold(site, **subject):
    reason, ends_at = "court case 2026-7", clock.now() + 90 * DAY
    return retention.place_hold(
        site, UserFactory(), Subject(**subject), reason=reason, ends_at=ends_at
    )


class TestDeleting:
    def test_entries_past_three_years_go_with_their_seals_and_the_run_is_reported(self, site):
        found = entries(site, OLD, OLD, YOUNG)
        assert delete_old_audit_entries() == 2
        assert left(site) == found[2:]
        assert list(AuditSeal.objects.filter(site=site).values_list("seq", flat=True)) == [3]
        report = RetentionReport.objects.get(site=site, code="audit")
        assert (report.deleted, report.held) == (2, 0)
        assert AuditEntry.objects.filter(site=site, action="delete expired data").exists()
        assert delete_old_audit_entries() == 0

    def test_the_newest_entry_of_a_chain_stays_until_another_follows(self, site):
        (only,) = entries(site, OLD)
        assert delete_old_audit_entries() == 0
        assert left(site) == [only]
        entries(site, YOUNG)
        assert delete_old_audit_entries() == 1

    def test_what_is_not_sealed_yet_stays(self, site):
        audit.record_past(site, [Action(clock.now() - OLD * DAY, "clock", "start", ("job", 1))])
        assert delete_old_audit_entries() == 0

    def test_the_installation_s_own_chain_is_shortened_too(self):
        now = clock.now()
        for days in (OLD, OLD, YOUNG):
            audit.record_past(None, [Action(now - days * DAY, "clock", "start", ("job", 1))])
        sealing.Sealer().seal()
        assert delete_old_audit_entries() == 2
        record = AuditEntry.objects.get(site=None, action="delete expired data")
        assert record.detail == {"data": "audit", "deleted": 2}
        sealing.Sealer().seal()
        assert "2 entries up to" in verify()

    def test_a_site_may_keep_them_longer_and_not_shorter(self, site):
        entries(site, OLD, YOUNG)
        retention.set_period(site, UserFactory(), "audit", 1500, "state contract")
        assert delete_old_audit_entries() == 0
        with pytest.raises(retention.holds.Rejection):
            retention.set_period(site, UserFactory(), "audit", 1000, "")

    @pytest.mark.parametrize(("kind", "subject"), [("person", "person"), ("incident", "incident")])
    def test_a_hold_keeps_the_entries_about_its_subject(self, site, kind, subject):
        entries(site, OLD)
        (held,) = entries(site, OLD, subject=(subject, 7))
        entries(site, OLD, subject=(subject, 8))
        (young,) = entries(site, YOUNG)
        hold(site, kind=kind, **{kind: 7})
        assert delete_old_audit_entries() == 2
        assert left(site) == [held, young]
        assert RetentionReport.objects.get(site=site, code="audit").held == 1
        assert AuditCheckpoint.objects.filter(site=site).count() == 2
        sealing.Sealer().seal()
        verify()

    def test_a_hold_of_a_period_keeps_what_was_recorded_in_it(self, site):
        found = entries(site, OLD + 20, OLD + 10, OLD, YOUNG)
        at = found[1].at
        hold(site, kind="period", begins_at=at - DAY, until_at=at + DAY)
        assert delete_old_audit_entries() == 2
        assert left(site) == [found[1], found[3]]

    def test_a_batch_ends_anywhere(self, site, monkeypatch):
        monkeypatch.setattr("core.retention.audit_log._BATCH", 3)
        entries(site, *[OLD] * 7, YOUNG)
        assert delete_old_audit_entries() == 7
        sealing.Sealer().seal()
        assert "7 entries up to" in verify()


class TestVerification:
    @pytest.fixture
    def shortened(self, site):
        """A chain of seals 3 to 5, of which seals 1 and 2 were deleted."""
        entries(site, OLD, OLD, YOUNG, YOUNG)
        delete_old_audit_entries()
        sealing.Sealer().seal()
        return site

    def test_a_shortened_chain_holds_and_goes_on(self, shortened):
        assert "2 entries up to" in verify()
        entries(shortened, 0)
        assert "2 entries up to" in verify()

    def test_a_cut_tail_is_still_found_by_the_anchor(self, shortened):
        anchors.write_due()
        tamper("DELETE FROM core_auditseal WHERE seq = 5", "DELETE FROM core_auditentry")
        assert "seal 5 is missing" in failure()

    def test_an_anchor_of_a_deleted_seal_still_agrees(self, site):
        entries(site, OLD, OLD)
        (anchor,) = [each for each in anchors.write_due() if each.site_id == site.pk]
        entries(site, YOUNG)
        delete_old_audit_entries()
        sealing.Sealer().seal()
        verify()
        assert anchors.mismatches(anchors.settings.AUDIT_ANCHORS) == []
        forged = anchors.Anchor(anchor.at, site.pk, anchor.seq, "f" * 64)
        anchors.append(anchors.settings.AUDIT_ANCHORS, [forged])
        assert "seal 2 is another one now" in failure()

    @pytest.mark.parametrize(
        ("statement", "found"),
        [
            ("DELETE FROM core_auditcheckpoint", "seal 3: seals 1 to 2 are missing"),
            ("DELETE FROM core_auditseal WHERE seq = 3", "seal 4: seals 3 to 3 are missing"),
            ("DELETE FROM core_auditseal", "the seal after it is missing"),
            ("UPDATE core_auditcheckpoint SET digest = 'x'", "altered or forged"),
            ("UPDATE core_auditcheckpoint SET digest = 'x'", "seal 3: it doesn't follow"),
            ("UPDATE core_auditcheckpoint SET last_seq = 3", "seal 3 is there twice"),
            ("UPDATE core_auditcheckpoint SET newest_at = now()", "altered or forged"),
        ],
    )
    def test_what_was_altered_or_cut_out_is_found(self, shortened, statement, found):
        tamper(statement)
        assert found in failure()

    def test_a_genuine_checkpoint_of_young_entries_is_a_problem(self, site):
        first, _last = entries(site, YOUNG, YOUNG)
        checkpoint = AuditCheckpoint(
            site=site,
            first_seq=1,
            last_seq=1,
            previous=first.seal.previous,
            digest=first.seal.digest,
            newest_at=first.at,
            made_at=clock.now(),
        )
        checkpoint.mac = checkpoints.checkpoint_mac(checkpoint)
        checkpoint.save()
        tamper("DELETE FROM core_auditseal WHERE seq = 1")
        assert "before the end of their period" in failure()


class TestTheDatabaseItself:
    def test_no_entry_goes_without_a_checkpoint(self, site):
        found = entries(site, OLD, YOUNG)
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            AuditSeal.objects.filter(site=site).delete()
        with (
            pytest.raises(IntegrityError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute("SELECT audit_delete_range(%s, 1, 1)", [site.pk])
        assert left(site) == found

    def test_no_entry_younger_than_three_years_goes(self, site):
        found = entries(site, OLD, YOUNG, YOUNG)
        seals = list(AuditSeal.objects.filter(site=site).select_related("entry").order_by("seq"))
        run = checkpoints.Run(seals[0], seals[1], found[1].at)
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            checkpoints.delete_run(run, clock.now())
        assert left(site) == found
        assert not AuditCheckpoint.objects.filter(site=site).exists()

    @pytest.mark.parametrize("statement", ["DELETE FROM", "TRUNCATE"])
    def test_a_checkpoint_is_never_deleted(self, site, statement):
        entries(site, OLD, YOUNG)
        delete_old_audit_entries()
        with (
            pytest.raises(IntegrityError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"{statement} core_auditcheckpoint")
