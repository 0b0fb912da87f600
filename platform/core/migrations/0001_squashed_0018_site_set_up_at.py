"""All tables of a new installation; one of version 0.1 is upgraded by the migrations replaced here."""

import core.clock
import core.currencies
import django.contrib.auth.models
import django.contrib.auth.validators
import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models

from core.one_step_migration import OneStepMigration

# `refuse_change` and `stamp_transaction` name no table: further tables of records are protected by
# the same two functions. What the trigger's argument says is added to the message.
# search_path is fixed because a temporary table of the same name would come first otherwise.
FUNCTIONS = """
CREATE TYPE textrange AS RANGE (subtype = text, collation = "C");

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
"""
PROTECT = """
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


class Migration(OneStepMigration):
    initial = True
    replaces = [
        ("core", "0001_initial"),
        ("core", "0002_audit_is_append_only"),
        ("core", "0003_queued_key"),
        ("core", "0001_squashed_0_1"),
        ("core", "0002_membership_moves_to_people"),
        ("core", "0003_job_and_schedule"),
        ("core", "0004_audit_entries_and_seals"),
        ("core", "0005_run"),
        ("core", "0006_outbox_leases"),
        ("core", "0007_rate_limit"),
        ("core", "0008_textrange"),
        ("core", "0009_site_currency_is_iso"),
        ("core", "0010_user_must_change_password"),
        ("core", "0011_list_views"),
        ("core", "0012_site_settings"),
        ("core", "0013_audit_by_time"),
        ("core", "0014_organisation"),
        ("core", "0015_installation_settings"),
        ("core", "0016_imports"),
        ("core", "0017_undoable_change"),
        ("core", "0018_site_set_up_at"),
    ]
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]
    operations = [
        migrations.RunSQL(FUNCTIONS),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('username', models.CharField(error_messages={'unique': 'A user with that username already exists.'}, help_text='Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.', max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
                ('first_name', models.CharField(blank=True, max_length=150, verbose_name='first name')),
                ('last_name', models.CharField(blank=True, max_length=150, verbose_name='last name')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='email address')),
                ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                ('language', models.CharField(blank=True, default='', max_length=10, verbose_name='language')),
                ('must_change_password', models.BooleanField(default=False)),
                ('theme', models.CharField(blank=True, default='', max_length=10, verbose_name='theme')),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'verbose_name': 'user',
                'verbose_name_plural': 'users',
            },
            managers=[
                ('objects', django.contrib.auth.models.UserManager()),
            ],
        ),
        migrations.CreateModel(
            name='OutboxMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('topic', models.CharField(max_length=60)),
                ('key', models.CharField(max_length=160, unique=True)),
                ('payload', models.JSONField()),
                ('created_at', models.DateTimeField()),
                ('next_attempt_at', models.DateTimeField(null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('sent_at', models.DateTimeField(null=True)),
                ('last_error', models.TextField(blank=True, default='')),
                ('claimed_until', models.DateTimeField(null=True)),
                ('receiver', models.CharField(blank=True, default='', max_length=160)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('sent_at__isnull', True)), fields=['next_attempt_at'], name='outbox_waiting'), models.Index(condition=models.Q(('sent_at__isnull', True), models.Q(('receiver', ''), _negated=True)), fields=['receiver', 'id'], name='outbox_unsent_of_receiver')],
            },
        ),
        migrations.CreateModel(
            name='Job',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('queue', models.CharField(max_length=10)),
                ('path', models.CharField(max_length=200)),
                ('args', models.JSONField()),
                ('signature', models.CharField(max_length=64)),
                ('key', models.CharField(blank=True, default='', max_length=200)),
                ('created_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('claimed_until', models.DateTimeField(null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('finished_at', models.DateTimeField(null=True)),
                ('succeeded', models.BooleanField(default=False)),
                ('error', models.TextField(blank=True, default='')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('finished_at', None)), fields=['queue', 'due_at', 'id'], name='job_waiting'), models.Index(condition=models.Q(('finished_at', None), models.Q(('key', ''), _negated=True)), fields=['key'], name='job_waiting_key'), models.Index(condition=models.Q(('finished_at__isnull', False)), fields=['finished_at'], name='job_finished')],
            },
        ),
        migrations.CreateModel(
            name='RateLimit',
            fields=[
                ('key', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('began_at', models.DateTimeField(db_index=True)),
                ('count', models.PositiveIntegerField()),
                ('admits_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Organisation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=160, verbose_name='name')),
                ('tax_number', models.CharField(blank=True, default='', max_length=40, verbose_name='tax number')),
                ('address', models.CharField(blank=True, default='', max_length=300, verbose_name='address')),
            ],
            options={
                'verbose_name': 'organisation',
                'verbose_name_plural': 'organisations',
            },
        ),
        migrations.CreateModel(
            name='HealthReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('failed', models.JSONField(default=list)),
            ],
        ),
        migrations.CreateModel(
            name='InstallationSetting',
            fields=[
                ('name', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('values', models.JSONField(default=dict)),
                ('sealed', models.TextField(blank=True, default='')),
                ('changed_at', models.DateTimeField(null=True)),
                ('checked_at', models.DateTimeField(null=True)),
                ('problem', models.TextField(blank=True, default='')),
            ],
        ),
        migrations.CreateModel(
            name='Site',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(max_length=40, unique=True)),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('timezone', models.CharField(max_length=64, validators=[core.clock.validate_zone], verbose_name='timezone')),
                ('currency', models.CharField(max_length=3, validators=[core.currencies.validate_currency], verbose_name='currency')),
                ('longitude', models.FloatField(default=0.0, verbose_name='longitude')),
                ('latitude', models.FloatField(default=0.0, verbose_name='latitude')),
                ('language', models.CharField(blank=True, default='', max_length=10, verbose_name='language')),
                ('plate_countries', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=2), blank=True, default=list, size=None)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sites', to='core.organisation')),
                ('set_up_at', models.DateTimeField(editable=False, null=True)),
            ],
            options={
                'verbose_name': 'site',
                'verbose_name_plural': 'sites',
            },
        ),
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('actor', models.CharField(max_length=160)),
                ('action', models.CharField(max_length=60)),
                ('detail', models.JSONField(default=dict)),
                ('site', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='audit_entries', to='core.site')),
                ('uid', models.UUIDField(default=uuid.uuid4, unique=True)),
                ('subject_type', models.CharField(max_length=40)),
                ('subject_id', models.CharField(max_length=120)),
                ('form', models.PositiveSmallIntegerField(choices=[(1, "by its chain: an entry of version 0.1, whose `mac` is its seal's digest"), (2, 'by its own HMAC')], default=2)),
                ('mac', models.CharField(max_length=64)),
            ],
            options={
                'indexes': [models.Index(fields=['site', '-at'], name='audit_of_site'), models.Index(fields=['site', 'subject_type', 'subject_id', 'at', 'id'], name='audit_subject')],
            },
        ),
        migrations.CreateModel(
            name='Schedule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('path', models.CharField(max_length=200)),
                ('site', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.site')),
                ('next_at', models.DateTimeField(db_index=True)),
                ('timezone', models.CharField(blank=True, default='', max_length=64)),
                ('last_day', models.DateField(null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('path', 'site'), name='schedule_once', nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name='Run',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=60)),
                ('actor', models.CharField(max_length=160)),
                ('state', models.CharField(choices=[('queued', 'Queued'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='queued', max_length=10)),
                ('total', models.PositiveIntegerField()),
                ('done', models.PositiveIntegerField(default=0)),
                ('failed', models.PositiveIntegerField(default=0)),
                ('parameters', models.JSONField(default=dict)),
                ('cursor', models.JSONField(null=True)),
                ('result', models.JSONField(default=dict)),
                ('created_at', models.DateTimeField()),
                ('started_at', models.DateTimeField(null=True)),
                ('heartbeat_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='core.site')),
            ],
            options={
                'ordering': ['-pk'],
                'indexes': [models.Index(fields=['site', 'kind', '-id'], name='run_of_site')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('state__in', ['queued', 'running'])), models.Q(('ended_at__isnull', False), ('state__in', ['done', 'failed', 'cancelled'])), _connector='OR'), name='run_ended_in_a_final_state')],
            },
        ),
        migrations.CreateModel(
            name='ListPreference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('list_name', models.CharField(max_length=40)),
                ('query', models.CharField(blank=True, default='', max_length=2000)),
                ('hidden', models.JSONField(default=list)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.site')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('site', 'user', 'list_name'), name='list_preference_once')],
            },
        ),
        migrations.CreateModel(
            name='SavedView',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('list_name', models.CharField(max_length=40)),
                ('name', models.CharField(max_length=60, verbose_name='name')),
                ('query', models.CharField(blank=True, default='', max_length=2000)),
                ('shared', models.BooleanField(default=False, verbose_name='shared with the team')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.site')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('site', 'user', 'list_name', 'name'), name='saved_view_once')],
            },
        ),
        migrations.CreateModel(
            name='UndoableChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('list_name', models.CharField(max_length=40)),
                ('action', models.CharField(max_length=40)),
                ('rows', models.JSONField()),
                ('at', models.DateTimeField(db_index=True)),
                ('undone_at', models.DateTimeField(null=True)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.site')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['user', 'list_name', '-id'], name='undoable_change_of_user')],
            },
        ),
        migrations.CreateModel(
            name='AuditSeal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seq', models.PositiveBigIntegerField()),
                ('previous', models.CharField(max_length=64)),
                ('digest', models.CharField(max_length=64)),
                ('sealed_at', models.DateTimeField()),
                ('entry', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='seal', to='core.auditentry')),
                ('site', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='audit_seals', to='core.site')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('site', 'seq'), name='audit_seq_once', nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name='ImportBatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=40, verbose_name='list')),
                ('file_name', models.CharField(max_length=120, verbose_name='file')),
                ('language', models.CharField(max_length=10)),
                ('date_order', models.CharField(blank=True, default='', max_length=5)),
                ('state', models.CharField(choices=[('checking', 'checking'), ('checked', 'ready to import'), ('rejected', 'has errors'), ('applying', 'importing'), ('applied', 'imported'), ('undoing', 'being undone'), ('undone', 'undone'), ('discarded', 'discarded'), ('failed', 'failed')], default='checking', max_length=10, verbose_name='state')),
                ('created', models.PositiveIntegerField(default=0)),
                ('changed', models.PositiveIntegerField(default=0)),
                ('unchanged', models.PositiveIntegerField(default=0)),
                ('rejected', models.PositiveIntegerField(default=0)),
                ('problem', models.JSONField(null=True)),
                ('uploaded_at', models.DateTimeField(verbose_name='uploaded')),
                ('applied_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('run', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.run')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='import_batches', to='core.site')),
            ],
            options={
                'indexes': [models.Index(fields=['site', 'uploaded_at', 'id'], name='import_batch_by_time')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ['checking', 'applying', 'undoing'])), fields=('site',), name='one_import_at_a_time')],
            },
        ),
        migrations.CreateModel(
            name='ImportEffect',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject_type', models.CharField(max_length=40)),
                ('subject_id', models.BigIntegerField()),
                ('before', models.JSONField(default=dict)),
                ('after', models.JSONField(default=dict)),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='effects', to='core.importbatch')),
            ],
            options={
                'indexes': [models.Index(fields=['batch', 'id'], name='import_effect_order')],
            },
        ),
        migrations.CreateModel(
            name='ImportFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('data', models.BinaryField()),
                ('batch', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='file', to='core.importbatch')),
            ],
        ),
        migrations.CreateModel(
            name='ImportRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('values', models.JSONField()),
                ('key', models.CharField(blank=True, default='', max_length=300)),
                ('other_key', models.CharField(blank=True, default='', max_length=300)),
                ('group', models.CharField(blank=True, default='', max_length=120)),
                ('outcome', models.CharField(choices=[('new', 'new'), ('changed', 'changed'), ('unchanged', 'unchanged'), ('rejected', 'rejected')], max_length=9)),
                ('problems', models.JSONField(default=list)),
                ('changes', models.JSONField(default=dict)),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='core.importbatch')),
            ],
            options={
                'indexes': [models.Index(fields=['batch', 'key'], name='import_row_key'), models.Index(fields=['batch', 'other_key'], name='import_row_other_key'), models.Index(fields=['batch', 'group'], name='import_row_group'), models.Index(fields=['batch', 'outcome', 'number'], name='import_row_outcome')],
                'constraints': [models.UniqueConstraint(fields=('batch', 'number'), name='import_row_once')],
            },
        ),
        migrations.RunSQL(PROTECT),
    ]
