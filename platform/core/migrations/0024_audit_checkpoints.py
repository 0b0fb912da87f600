"""Let audit entries past three years be deleted, each run of seals behind a checkpoint.

The triggers still refuse every change and every other deletion, whoever asks: a row may go if its
entry is older than three years by the database's clock and a checkpoint covers its seal. The
application's role has no right to delete; it calls `audit_delete_range`, which runs as the owner.
"""

import django.db.models.deletion
from django.db import migrations, models

from core.one_step_migration import OneStepMigration

# search_path is fixed because a temporary table of the same name would come first otherwise.
PROTECT = """
CREATE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    entry core_auditentry;
    seal core_auditseal;
BEGIN
    IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'core_auditentry' THEN
        entry := OLD;
        SELECT * INTO seal FROM core_auditseal WHERE entry_id = OLD.id;
    ELSIF TG_OP = 'DELETE' THEN
        seal := OLD;
        SELECT * INTO entry FROM core_auditentry WHERE id = OLD.entry_id;
    END IF;
    -- An entry goes before its seal: of an entry that is gone, the seal may go.
    IF coalesce(entry.at, '-infinity') < now() - interval '3 years' AND EXISTS (
        SELECT FROM core_auditcheckpoint
        WHERE site_id IS NOT DISTINCT FROM seal.site_id
            AND seal.seq BETWEEN first_seq AND last_seq
    ) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE FUNCTION audit_delete_range(of_site bigint, from_seq bigint, until_seq bigint)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE number bigint;
BEGIN
    DELETE FROM core_auditentry WHERE id IN (
        SELECT entry_id FROM core_auditseal
        WHERE site_id IS NOT DISTINCT FROM of_site AND seq BETWEEN from_seq AND until_seq
    );
    GET DIAGNOSTICS number = ROW_COUNT;
    DELETE FROM core_auditseal
        WHERE site_id IS NOT DISTINCT FROM of_site AND seq BETWEEN from_seq AND until_seq;
    RETURN number;
END $$;

DROP TRIGGER refuse_change ON core_auditentry;
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON core_auditentry
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
DROP TRIGGER refuse_change ON core_auditseal;
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON core_auditseal
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON core_auditcheckpoint
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON core_auditcheckpoint
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""
UNPROTECT = """
DROP TRIGGER refuse_truncate ON core_auditcheckpoint;
DROP TRIGGER refuse_change ON core_auditcheckpoint;
DROP TRIGGER refuse_change ON core_auditseal;
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON core_auditseal
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
DROP TRIGGER refuse_change ON core_auditentry;
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON core_auditentry
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
DROP FUNCTION audit_delete_range(bigint, bigint, bigint);
DROP FUNCTION audit_refuse_change();
"""


class Migration(OneStepMigration):

    dependencies = [
        ('core', '0023_outbox_lanes'),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditCheckpoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_seq', models.PositiveBigIntegerField()),
                ('last_seq', models.PositiveBigIntegerField()),
                ('previous', models.CharField(max_length=64)),
                ('digest', models.CharField(max_length=64)),
                ('newest_at', models.DateTimeField()),
                ('made_at', models.DateTimeField()),
                ('mac', models.CharField(max_length=64)),
                ('site', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.site')),
            ],
            options={
                'ordering': ['site', 'first_seq'],
                'constraints': [models.UniqueConstraint(fields=('site', 'first_seq'), name='audit_checkpoint_once', nulls_distinct=False), models.CheckConstraint(condition=models.Q(('last_seq__gte', models.F('first_seq'))), name='audit_checkpoint_is_a_range')],
            },
        ),
        migrations.RunSQL(PROTECT, UNPROTECT),
    ]
