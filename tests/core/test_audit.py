"""The audit chain keeps what was done and tells when it was altered."""

import pytest
from django.db import IntegrityError, connection, transaction

from core import audit
from core.models import AuditEntry
from tests.factories import SiteFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_entries_of_a_site_follow_each_other():
    site, guard = SiteFactory(), UserFactory(username="guard")
    first = audit.record(site, guard, "read picture", "passage:1")
    second = audit.record(site, guard, "lift barrier", "lane:1", reason="ambulance")
    assert [first.seq, second.seq] == [1, 2]
    assert second.previous == first.digest
    assert second.detail == {"reason": "ambulance"}
    assert list(audit.breaks(site)) == []


def test_each_site_has_a_chain_of_its_own():
    here, there = SiteFactory(), SiteFactory()
    audit.record(here, "clock", "start", "job:1")
    assert audit.record(there, "clock", "start", "job:1").seq == 1


def test_the_database_refuses_to_change_or_delete_an_entry():
    entry = audit.record(SiteFactory(), "clock", "start", "job:1")
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditEntry.objects.filter(pk=entry.pk).update(actor="somebody else")
    with pytest.raises(IntegrityError), transaction.atomic():
        entry.delete()


def test_an_altered_entry_and_a_missing_one_are_told():
    site = SiteFactory()
    for number in range(4):
        audit.record(site, "clock", "start", f"job:{number}")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # past the trigger
        cursor.execute("UPDATE core_auditentry SET actor='x' WHERE seq=2")
        cursor.execute("DELETE FROM core_auditentry WHERE seq=3")
    problems = [found.problem for found in audit.breaks(site)]
    assert problems == ["its content was altered", "entries 3 to 3 are gone"]
