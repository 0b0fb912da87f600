"""Turn the audit chain of version 0.1 into entries with a digest of their own, and seals.

An old entry's sequence number, predecessor and digest become its seal, so that the chain goes on
from the old head. Its digest stays verifiable by the old rule (`core.audit.digests`), and it needs
no key here.
"""

import uuid

import django.db.models.deletion
from django.db import migrations, models

UNPROTECT = """
DROP TRIGGER audit_is_append_only ON core_auditentry;
DROP FUNCTION audit_is_append_only();
"""
PROTECT_AGAIN = """
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit chain is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE ON core_auditentry
    FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
"""

CONVERT = """
INSERT INTO core_auditseal (site_id, seq, entry_id, previous, digest, sealed_at)
    SELECT site_id, seq, id, previous, digest, at FROM core_auditentry ORDER BY site_id, seq;
UPDATE core_auditentry SET
    uid = gen_random_uuid(),
    form = 1,
    mac = digest,
    subject_type = split_part(subject, ':', 1),
    subject_id = substr(subject, length(split_part(subject, ':', 1)) + 2);
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
"""

# Named without a table: further tables of records are protected by the same two functions. What
# the trigger's argument says is added to the message.
# search_path is fixed because a temporary table of the same name would come first otherwise.
PROTECT = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused%',
        TG_TABLE_NAME, TG_OP, coalesce('; ' || TG_ARGV[0], '')
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE FUNCTION stamp_transaction() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    NEW.xid := pg_current_xact_id();
    RETURN NEW;
END $$;

ALTER TABLE core_auditentry ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX audit_entry_xid ON core_auditentry (xid, id);
CREATE TRIGGER stamp_transaction BEFORE INSERT ON core_auditentry
    FOR EACH ROW EXECUTE FUNCTION stamp_transaction();

CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON core_auditentry
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON core_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON core_auditseal
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON core_auditseal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0003_job_and_schedule")]
    operations = [
        migrations.RunSQL(UNPROTECT, PROTECT_AGAIN),
        migrations.RemoveConstraint("auditentry", "audit_seq_once"),
        migrations.AlterModelOptions("auditentry", options={}),
        migrations.CreateModel(
            "AuditSeal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("seq", models.PositiveBigIntegerField()),
                ("previous", models.CharField(max_length=64)),
                ("digest", models.CharField(max_length=64)),
                ("sealed_at", models.DateTimeField()),
                (
                    "entry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="seal",
                        to="core.auditentry",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="audit_seals",
                        to="core.site",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["site", "seq"], name="audit_seq_once", nulls_distinct=False
                    )
                ]
            },
        ),
        migrations.AddField("auditentry", "uid", models.UUIDField(null=True, default=None)),
        migrations.AddField(
            "auditentry",
            "subject_type",
            models.CharField(max_length=40, default=""),
            preserve_default=False,
        ),
        migrations.AddField(
            "auditentry",
            "subject_id",
            models.CharField(max_length=120, default=""),
            preserve_default=False,
        ),
        migrations.AddField(
            "auditentry",
            "form",
            models.PositiveSmallIntegerField(
                choices=[
                    (
                        1,
                        "by its chain: an entry of version 0.1, whose `mac` is its seal's digest",
                    ),
                    (2, "by its own HMAC"),
                ],
                default=2,
            ),
        ),
        migrations.AddField(
            "auditentry",
            "mac",
            models.CharField(max_length=64, default=""),
            preserve_default=False,
        ),
        migrations.RunSQL(CONVERT),
        migrations.AlterField(
            "auditentry", "uid", models.UUIDField(unique=True, default=uuid.uuid4)
        ),
        migrations.RemoveField("auditentry", "seq"),
        migrations.RemoveField("auditentry", "subject"),
        migrations.RemoveField("auditentry", "previous"),
        migrations.RemoveField("auditentry", "digest"),
        migrations.AddIndex(
            "auditentry",
            models.Index(fields=["site", "subject_type", "subject_id"], name="audit_subject"),
        ),
        migrations.RunSQL(PROTECT),
    ]
