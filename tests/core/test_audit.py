"""Audit entries are authenticated on their own and only ever added."""

import json

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from core import audit
from core.audit.digests import canonical, entry_mac
from core.models import AuditEntry
from tests.factories import SiteFactory, UserFactory

pytestmark = pytest.mark.django_db

NUMBERS = st.integers(-(10**18), 10**18) | st.floats(allow_nan=False, allow_infinity=False)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda each: st.lists(each, max_size=3) | st.dictionaries(TEXT, each, max_size=3),
    max_leaves=8,
)


def test_an_entry_names_actor_action_and_subject():
    site, guard = SiteFactory(), UserFactory(username="guard")
    entry = audit.record(site, guard, "lift barrier", ("lane", 1), reason="ambulance")
    stored = AuditEntry.objects.get(pk=entry.pk)
    assert (stored.actor, stored.action) == ("guard", "lift barrier")
    assert stored.subject == ("lane", "1")
    assert stored.detail == {"reason": "ambulance"}
    assert stored.mac == entry_mac(stored)


def test_two_equal_entries_have_different_digests():
    site = SiteFactory()
    first, second = (audit.record(site, "clock", "start", ("job", 1)) for _ in range(2))
    assert first.mac != second.mac


def test_recording_takes_one_statement_and_no_lock(django_assert_num_queries):
    site = SiteFactory()
    with django_assert_num_queries(1) as made:
        audit.record(site, "clock", "start", ("job", 1))
    assert made.captured_queries[0]["sql"].startswith('INSERT INTO "core_auditentry"')
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
        assert cursor.fetchone() == (0,)


def test_the_history_of_a_thing_is_one_query_on_an_index(django_assert_num_queries):
    site = SiteFactory()
    audit.record(site, "clock", "open", ("lane", 1))
    audit.record(site, "clock", "close", ("lane", 1))
    audit.record(site, "clock", "open", ("lane", 2))
    audit.record(SiteFactory(), "clock", "open", ("lane", 1))
    with django_assert_num_queries(1):
        found = [entry.action for entry in audit.history(site, ("lane", 1))]
    assert found == ["open", "close"]
    for number in range(200):
        audit.record(site, "clock", "open", ("gate", number))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE core_auditentry")
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "audit_subject" in audit.history(site, ("lane", 1)).explain()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE core_auditentry SET actor = 'another'",
        "DELETE FROM core_auditentry",
        "TRUNCATE core_auditentry, core_auditseal",
        "TRUNCATE core_site CASCADE",
    ],
)
def test_the_database_refuses_to_change_or_remove_entries(statement):
    audit.record(SiteFactory(), "clock", "start", ("job", 1))
    cursor = connection.cursor()
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        cursor.execute(statement)
    assert AuditEntry.objects.count() == 1


@given(JSON)
def test_the_encoding_is_the_same_before_and_after_the_database_stored_it(value):
    with connection.cursor() as cursor:
        cursor.execute("SELECT (%s::jsonb)::text", [json.dumps(value)])
        (stored,) = cursor.fetchone()
    assert canonical(json.loads(stored)) == canonical(value)
