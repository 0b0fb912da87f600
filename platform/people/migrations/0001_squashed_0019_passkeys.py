"""All tables of a new installation; one of version 0.1 is upgraded by the migrations replaced here."""

import core.constraints
import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.one_step_migration import OneStepMigration

STANDARD = ("manager", "guard", "finance", "security", "technician")
# The largest sum of shares is reached on a day on which an occupancy begins. The lock makes a
# second writer wait, so that its check sees the rows of the first.
# search_path is fixed because a temporary table of the same name would come first otherwise.
CHECK_SHARES = """
CREATE FUNCTION people_check_shares() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    excess date;
BEGIN
    PERFORM 1 FROM estate_unit WHERE id = NEW.unit_id FOR NO KEY UPDATE;
    PERFORM 1 FROM estate_bay WHERE id = NEW.bay_id FOR NO KEY UPDATE;
    SELECT first.begins_on INTO excess FROM people_occupancy first
    WHERE (first.unit_id = NEW.unit_id OR first.bay_id = NEW.bay_id)
        AND first.begins_on >= NEW.begins_on
        AND (NEW.ends_on IS NULL OR first.begins_on < NEW.ends_on)
        AND (
            SELECT sum(each.share) FROM people_occupancy each
            WHERE (each.unit_id = NEW.unit_id OR each.bay_id = NEW.bay_id)
                AND each.begins_on <= first.begins_on
                AND (each.ends_on IS NULL OR each.ends_on > first.begins_on)
        ) > 1
    LIMIT 1;
    IF excess IS NOT NULL THEN
        RAISE EXCEPTION 'shares of ownership exceed 1 on %', excess
            USING ERRCODE = 'check_violation', CONSTRAINT = 'occupancy_shares_at_most_one',
                TABLE = 'people_occupancy';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER occupancy_shares_at_most_one
AFTER INSERT OR UPDATE ON people_occupancy
DEFERRABLE INITIALLY IMMEDIATE FOR EACH ROW
WHEN (NEW.share IS NOT NULL) EXECUTE FUNCTION people_check_shares();
"""
# Statements of consent are only inserted; the name of a guardian may be removed.
PROTECT = """
CREATE FUNCTION people_refuse_restatement() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.guardian = '' THEN
        OLD.guardian := '';
        IF NEW IS NOT DISTINCT FROM OLD THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% is append-only: % is refused; add a statement', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON people_consentstatement
    FOR EACH ROW EXECUTE FUNCTION people_refuse_restatement();
"""


def create_standard_roles(apps, schema_editor):
    """Create them without permissions, which `people.roles.sync_standard_roles` grants."""
    for code in STANDARD:
        apps.get_model("people", "Role").objects.create(code=code, name=code.capitalize())



class Migration(OneStepMigration):
    initial = True
    replaces = [
        ("people", "0001_initial"),
        ("people", "0002_registrations_one_after_another"),
        ("people", "0001_squashed_0_1"),
        ("people", "0002_roles_as_rows"),
        ("people", "0003_memberships_point_to_roles"),
        ("people", "0004_membership_role_is_required"),
        ("people", "0005_labels"),
        ("people", "0006_no_overlapping_registrations"),
        ("people", "0007_sign_in_session"),
        ("people", "0008_list_by_time"),
        ("people", "0009_second_factor"),
        ("people", "0010_occupancies"),
        ("people", "0011_units_become_occupancies"),
        ("people", "0012_remove_person_unit"),
        ("people", "0013_consents"),
        ("people", "0014_consents_are_append_only"),
        ("people", "0015_erased_people"),
        ("people", "0016_staff_invitation"),
        ("people", "0017_ends_of_occupancies"),
        ("people", "0018_resident_accounts"),
        ("people", "0019_passkeys"),
    ]
    dependencies = [
        ("core", "0001_squashed_0018_site_set_up_at"),
        ("estate", "0001_squashed_0005_units_with_areas_and_states"),
    ]
    operations = [
        migrations.CreateModel(
            name='Person',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('phone', models.CharField(blank=True, default='', max_length=40, verbose_name='phone')),
                ('email', models.EmailField(blank=True, default='', max_length=254, verbose_name='e-mail')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='people', to='core.site')),
                ('born_on', models.DateField(blank=True, null=True, verbose_name='date of birth')),
                ('erased_at', models.DateTimeField(editable=False, null=True)),
            ],
            options={
                'verbose_name': 'person',
                'verbose_name_plural': 'people',
                'indexes': [models.Index(fields=['site', 'name', 'id'], name='person_by_name')],
            },
        ),
        migrations.CreateModel(
            name='Permission',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=80, unique=True)),
            ],
        ),
        migrations.CreateModel(
            name='SignInSession',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('session_key', models.CharField(max_length=40, unique=True)),
                ('browser', models.CharField(max_length=300)),
                ('address', models.CharField(max_length=64)),
                ('began_at', models.DateTimeField()),
                ('seen_at', models.DateTimeField()),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sign_in_sessions', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='SecondFactor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('secret', models.CharField(max_length=200)),
                ('last_step', models.BigIntegerField(default=0)),
                ('recovery_codes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=64), default=list, size=None)),
                ('set_up_at', models.DateTimeField()),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='second_factor', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Company',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=160, verbose_name='name')),
                ('tax_number', models.CharField(blank=True, default='', max_length=40, verbose_name='tax number')),
                ('contact', models.CharField(blank=True, default='', max_length=120, verbose_name='contact')),
                ('phone', models.CharField(blank=True, default='', max_length=40, verbose_name='phone')),
                ('email', models.EmailField(blank=True, default='', max_length=254, verbose_name='e-mail')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='companies', to='core.site')),
            ],
            options={
                'verbose_name': 'company',
                'verbose_name_plural': 'companies',
                'indexes': [models.Index(fields=['site', 'name', 'id'], name='company_by_name')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('tax_number', ''), _negated=True), fields=('site', 'tax_number'), name='company_tax_number_once')],
            },
        ),
        migrations.CreateModel(
            name='ConsentStatement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject_type', models.CharField(max_length=20)),
                ('subject_id', models.BigIntegerField()),
                ('purpose', models.CharField(max_length=40)),
                ('state', models.CharField(choices=[('given', 'Given'), ('withdrawn', 'Withdrawn')], max_length=9)),
                ('at', models.DateTimeField()),
                ('text_version', models.PositiveSmallIntegerField()),
                ('channel', models.CharField(max_length=20)),
                ('guardian', models.CharField(blank=True, default='', max_length=120)),
                ('recorded_at', models.DateTimeField()),
                ('recorded_by', models.CharField(max_length=160)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.site')),
            ],
            options={
                'indexes': [models.Index(fields=['site', 'subject_type', 'subject_id', 'purpose', '-at', '-id'], name='consent_of_subject')],
            },
        ),
        migrations.CreateModel(
            name='StaffInvitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=150, verbose_name='name')),
                ('email', models.EmailField(max_length=254, verbose_name='e-mail')),
                ('roles', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None)),
                ('language', models.CharField(max_length=10)),
                ('serial', models.PositiveIntegerField(default=1)),
                ('created_at', models.DateTimeField()),
                ('sent_at', models.DateTimeField(null=True)),
                ('expires_at', models.DateTimeField(db_index=True)),
                ('accepted_at', models.DateTimeField(null=True)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('invited_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='staff_invitations', to='core.site')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('accepted_at', None), ('revoked_at', None)), fields=('site', 'email'), name='staff_invitation_open_once')],
            },
        ),
        migrations.CreateModel(
            name='SignInCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('email', models.EmailField(db_index=True, max_length=254)),
                ('nonce', models.CharField(max_length=32)),
                ('language', models.CharField(max_length=10)),
                ('created_at', models.DateTimeField(db_index=True)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('used_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='ResidentAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('email', models.EmailField(max_length=254, unique=True, verbose_name='e-mail')),
                ('created_at', models.DateTimeField()),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='resident_account', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='ResidentRules',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cars_per_home', models.PositiveSmallIntegerField(default=2, null=True, verbose_name='cars per home')),
                ('cars_need_approval', models.BooleanField(default=False, verbose_name='new cars need approval')),
                ('may_add_members', models.BooleanField(default=True, verbose_name='residents add household members')),
                ('site', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='resident_rules', to='core.site')),
            ],
        ),
        migrations.CreateModel(
            name='Passkey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('credential_id', models.CharField(max_length=1400, unique=True)),
                ('credential', models.BinaryField()),
                ('name', models.CharField(max_length=60, verbose_name='name')),
                ('sign_count', models.PositiveBigIntegerField(default=0)),
                ('added_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='passkeys', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Vehicle',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('plate', models.CharField(max_length=16, verbose_name='plate')),
                ('folded', models.CharField(max_length=16)),
                ('begins_at', models.DateTimeField(verbose_name='from')),
                ('ends_at', models.DateTimeField(blank=True, null=True, verbose_name='until')),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='vehicles', to='people.person')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='vehicles', to='core.site')),
                ('overlap_tolerated', models.BooleanField(default=False, editable=False)),
                ('company', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='vehicles', to='people.company')),
            ],
            options={
                'indexes': [models.Index(fields=['site', 'folded'], name='vehicle_folded'), models.Index(fields=['site', 'begins_at', 'id'], name='vehicle_by_time')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('ends_at', None)), fields=('site', 'plate'), name='vehicle_plate_once'), models.CheckConstraint(condition=models.Q(('ends_at', None), ('ends_at__gt', models.F('begins_at')), _connector='OR'), name='vehicle_ends_after_it_begins'), django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('overlap_tolerated', False)), expressions=[(core.constraints.OnlyValue(models.F('site')), '&&'), (core.constraints.OnlyValue(models.F('plate')), '&&'), (core.constraints.Period(models.F('begins_at'), models.F('ends_at')), '&&')], name='vehicle_registered_once_at_a_time'), models.CheckConstraint(condition=models.Q(models.Q(('person', None), models.Q(('company', None), _negated=True)), models.Q(models.Q(('person', None), _negated=True), ('company', None)), _connector='OR'), name='vehicle_of_person_or_company')],
            },
        ),
        migrations.CreateModel(
            name='Role',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=40)),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('site', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='roles', to='core.site')),
                ('requires_second_factor', models.BooleanField(default=False, verbose_name='second factor required')),
                ('permissions', models.ManyToManyField(related_name='roles', through='people.RolePermission', to='people.permission')),
            ],
            options={
                'verbose_name': 'role',
                'verbose_name_plural': 'roles',
                'constraints': [models.UniqueConstraint(fields=('site', 'code'), name='role_code_once', nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name='Occupancy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('owner', 'owner'), ('tenant', 'tenant'), ('family', 'family member'), ('worker', 'staff')], max_length=6, verbose_name='role')),
                ('begins_on', models.DateField(verbose_name='from')),
                ('ends_on', models.DateField(blank=True, null=True, verbose_name='until')),
                ('share', models.DecimalField(blank=True, decimal_places=6, max_digits=7, null=True, verbose_name='share')),
                ('bay', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='occupancies', to='estate.bay')),
                ('company', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='occupancies', to='people.company')),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='occupancies', to='people.person')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='occupancies', to='core.site')),
                ('unit', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='occupancies', to='estate.unit')),
                ('closed_at', models.DateTimeField(editable=False, null=True)),
                ('keeps_rights', models.BooleanField(default=False, editable=False)),
            ],
            options={
                'verbose_name': 'occupancy',
                'verbose_name_plural': 'occupancies',
                'indexes': [models.Index(fields=['site', 'begins_on', 'id'], name='occupancy_by_time'), models.Index(condition=models.Q(('closed_at', None), ('ends_on__isnull', False)), fields=['site', 'ends_on'], name='occupancy_to_close')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('person', None), models.Q(('company', None), _negated=True)), models.Q(models.Q(('person', None), _negated=True), ('company', None)), _connector='OR'), name='occupancy_of_person_or_company'), models.CheckConstraint(condition=models.Q(models.Q(('unit', None), models.Q(('bay', None), _negated=True)), models.Q(models.Q(('unit', None), _negated=True), ('bay', None)), _connector='OR'), name='occupancy_at_unit_or_bay'), models.CheckConstraint(condition=models.Q(('ends_on', None), ('ends_on__gt', models.F('begins_on')), _connector='OR'), name='occupancy_ends_after_it_begins'), models.CheckConstraint(condition=models.Q(('share', None), models.Q(('role', 'owner'), ('share__gt', 0), ('share__lte', 1)), _connector='OR'), name='occupancy_share_of_owner'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(core.constraints.OnlyValue(core.constraints.EitherKey(models.F('unit'), models.F('bay'))), '&&'), (core.constraints.OnlyValue(core.constraints.EitherKey(models.F('person'), models.F('company'))), '&&'), (core.constraints.Days(models.F('begins_on'), models.F('ends_on')), '&&')], name='occupancy_once_at_a_time')],
            },
        ),
        migrations.CreateModel(
            name='ConsentGrant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject_type', models.CharField(max_length=20)),
                ('subject_id', models.BigIntegerField()),
                ('purpose', models.CharField(max_length=40)),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='consents', to='people.person')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.site')),
                ('statement', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='grant', to='people.consentstatement')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('site', 'subject_type', 'subject_id', 'purpose'), name='consent_grant_once'), models.UniqueConstraint(fields=('person', 'site', 'purpose'), name='consent_grant_of_person_once'), models.CheckConstraint(condition=models.Q(models.Q(('subject_type', 'person'), _negated=True), ('subject_id', models.F('person')), _connector='OR'), name='consent_grant_names_its_person')],
            },
        ),
        migrations.CreateModel(
            name='PersonExport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('data', models.JSONField(default=dict)),
                ('created_at', models.DateTimeField(db_index=True)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='exports', to='people.person')),
                ('run', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='person_export', to='core.run')),
            ],
        ),
        migrations.CreateModel(
            name='Binding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('pending', 'waiting'), ('approved', 'approved'), ('refused', 'refused'), ('ended', 'ended')], default='pending', max_length=8)),
                ('requested_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(null=True)),
                ('decided_by', models.CharField(blank=True, default='', max_length=160)),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_by', models.CharField(blank=True, default='', max_length=160)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='bindings', to='people.person')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='bindings', to='core.site')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='bindings', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['site', 'requested_at', 'id'], name='binding_by_time')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ['pending', 'approved'])), fields=('user', 'person'), name='binding_open_once'), models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('state', 'pending')), ('state', 'ended'), models.Q(('decided_at__isnull', False), ('state__in', ['approved', 'refused'])), _connector='OR'), name='binding_decided_in_its_state'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', False), ('state', 'ended')), models.Q(models.Q(('state', 'ended'), _negated=True), ('ended_at', None)), _connector='OR'), name='binding_ended_in_its_state')],
            },
        ),
        migrations.CreateModel(
            name='Delegation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('may_pay', models.BooleanField(default=False, verbose_name='pay')),
                ('may_invite_visitors', models.BooleanField(default=False, verbose_name='invite visitors')),
                ('may_see_bills', models.BooleanField(default=False, verbose_name='see bills')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='delegations', to='people.person')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='delegations', to='estate.unit')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('unit', 'person'), name='delegation_once')],
            },
        ),
        migrations.CreateModel(
            name='ResidentInvitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('email', models.EmailField(blank=True, default='', max_length=254, verbose_name='e-mail')),
                ('code_digest', models.CharField(blank=True, db_index=True, default='', max_length=64)),
                ('language', models.CharField(max_length=10)),
                ('created_at', models.DateTimeField()),
                ('sent_at', models.DateTimeField(null=True)),
                ('expires_at', models.DateTimeField(db_index=True)),
                ('accepted_at', models.DateTimeField(null=True)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('invited_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='invitations', to='people.person')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='resident_invitations', to='core.site')),
            ],
            options={
                'indexes': [models.Index(fields=['site', 'created_at', 'id'], name='invitation_by_time')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('accepted_at', None), ('revoked_at', None)), fields=('person',), name='resident_invitation_open_once')],
            },
        ),
        migrations.CreateModel(
            name='ResidentRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('car', 'add a car'), ('erasure', 'erase personal data')], max_length=8)),
                ('plate', models.CharField(blank=True, default='', max_length=16, verbose_name='plate')),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('approved', 'approved'), ('refused', 'refused'), ('withdrawn', 'withdrawn')], default='waiting', max_length=9)),
                ('requested_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(null=True)),
                ('decided_by', models.CharField(blank=True, default='', max_length=160)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='requests', to='people.person')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='resident_requests', to='core.site')),
                ('unit', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='estate.unit')),
            ],
            options={
                'indexes': [models.Index(fields=['site', 'requested_at', 'id'], name='request_by_time')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'waiting')), fields=('person', 'kind', 'plate'), name='resident_request_waiting_once'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'car'), ('unit__isnull', False), models.Q(('plate', ''), _negated=True)), models.Q(('kind', 'car'), _negated=True), _connector='OR'), name='resident_request_of_car_has_plate')],
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to=settings.AUTH_USER_MODEL)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='core.site')),
                ('role', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to='people.role')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('user', 'site', 'role'), name='membership_role_once')],
            },
        ),
        migrations.CreateModel(
            name='RolePermission',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('permission', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='grants', to='people.permission')),
                ('role', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='grants', to='people.role')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('role', 'permission'), name='role_permission_once')],
            },
        ),
        migrations.CreateModel(
            name='PayerPeriod',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('fee_kind', models.CharField(blank=True, default='', max_length=40, verbose_name='kind of fee')),
                ('begins_on', models.DateField(verbose_name='from')),
                ('ends_on', models.DateField(blank=True, null=True, verbose_name='until')),
                ('bay', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='estate.bay')),
                ('occupancy', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='payer_periods', to='people.occupancy')),
                ('unit', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='estate.unit')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('unit', None), models.Q(('bay', None), _negated=True)), models.Q(models.Q(('unit', None), _negated=True), ('bay', None)), _connector='OR'), name='payer_at_unit_or_bay'), models.CheckConstraint(condition=models.Q(('ends_on', None), ('ends_on__gt', models.F('begins_on')), _connector='OR'), name='payer_ends_after_it_begins'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(core.constraints.OnlyValue(core.constraints.EitherKey(models.F('unit'), models.F('bay'))), '&&'), (core.constraints.OnlyValue(models.F('fee_kind')), '&&'), (core.constraints.Days(models.F('begins_on'), models.F('ends_on')), '&&')], name='one_payer_a_day')],
            },
        ),
        migrations.RunSQL(CHECK_SHARES),
        migrations.RunSQL(PROTECT),
        migrations.RunPython(create_standard_roles),
    ]
