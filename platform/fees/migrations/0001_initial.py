"""All tables of fees."""

import core.constraints
import core.currencies
import core.ids
import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.one_step_migration import OneStepMigration

# A price may only end: what it was on a day that was charged must stay readable for ever.
PRICES = """
CREATE FUNCTION fee_price_is_final() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (NEW.item_id, NEW.begins_on, NEW.price, NEW.tiers)
        IS DISTINCT FROM (OLD.item_id, OLD.begins_on, OLD.price, OLD.tiers) THEN
        RAISE EXCEPTION 'fee price % is final: add a new one', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER fee_price_is_final BEFORE UPDATE ON fees_feeprice
    FOR EACH ROW EXECUTE FUNCTION fee_price_is_final();
"""


class Migration(OneStepMigration):
    initial = True
    dependencies = [
        ('billing', '0013_bills'),
        ('core', '0020_site_contact'),
        ('estate', '0001_squashed_0005_units_with_areas_and_states'),
        ('people', '0020_visitors_of_homes'),
    ]

    operations = [
        migrations.CreateModel(
            name='FeeItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='fee_items', to='core.site')),
                ('code', models.SlugField(max_length=20, verbose_name='code')),
                ('title', models.CharField(max_length=60, verbose_name='title')),
                ('title_zh', models.CharField(blank=True, default='', max_length=60, verbose_name='title in Chinese')),
                ('method', models.CharField(choices=[('area', 'area × price'), ('fixed', 'fixed amount per unit'), ('meter', 'meter reading'), ('shared', 'share of a cost'), ('lease', 'rent of a lease'), ('deposit', 'deposit'), ('one_off', 'entered by hand')], max_length=8, verbose_name='method')),
                ('currency', models.CharField(max_length=3, validators=[core.currencies.validate_currency], verbose_name='currency')),
                ('vat_rate', models.DecimalField(decimal_places=2, default=0, max_digits=5, verbose_name='VAT rate')),
                ('income', models.CharField(choices=[('income_property', 'property management'), ('income_utilities', 'utilities'), ('income_rent', 'rent'), ('income_fees', 'other fees')], default='income_fees', max_length=20, verbose_name='income account')),
                ('due_day', models.PositiveSmallIntegerField(default=31, verbose_name='due on day')),
                ('due_months', models.SmallIntegerField(default=0, verbose_name='months later')),
                ('uses', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('flat', 'flat'), ('shop', 'shop'), ('office', 'office'), ('warehouse', 'warehouse'), ('store_room', 'store room')], max_length=12), blank=True, default=list, size=None)),
                ('for_all', models.BooleanField(default=True, verbose_name='charged to every unit')),
                ('basis', models.CharField(choices=[('built_up', 'built-up area'), ('usable', 'usable area')], default='built_up', max_length=8, verbose_name='area charged')),
                ('utility', models.CharField(blank=True, choices=[('electricity', 'electricity'), ('water', 'cold water'), ('hot_water', 'hot water'), ('gas', 'gas'), ('heat', 'heat'), ('cooling', 'cooling')], default='', max_length=12, verbose_name='utility')),
                ('tier_cycle', models.CharField(choices=[('year', 'calendar year'), ('month', 'calendar month')], default='year', max_length=5, verbose_name='tiers count by')),
                ('charged_until', models.DateField(editable=False, null=True)),
                ('ended_at', models.DateTimeField(editable=False, null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('site', 'code'), name='fee_item_code_once'), models.CheckConstraint(condition=models.Q(('vat_rate__gte', 0), ('vat_rate__lt', 100)), name='fee_item_vat_in_percent'), models.CheckConstraint(condition=models.Q(('due_day__range', (1, 31)), ('due_months__range', (-12, 12))), name='fee_item_due_in_calendar'), models.CheckConstraint(condition=models.Q(models.Q(('method', 'meter'), _negated=True), models.Q(('utility', ''), _negated=True), _connector='OR'), name='metered_fee_has_utility')],
                'verbose_name': 'fee item',
                'verbose_name_plural': 'fee items',
            },
        ),
        migrations.CreateModel(
            name='FeeAssignment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='assignments', to='fees.feeitem')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='fee_assignments', to='estate.unit')),
                ('kind', models.CharField(choices=[('charged', 'charged'), ('exempt', 'exempt')], max_length=7, verbose_name='kind')),
                ('begins_on', models.DateField(verbose_name='from')),
                ('ends_on', models.DateField(blank=True, null=True, verbose_name='until')),
                ('reason', models.CharField(blank=True, default='', max_length=200, verbose_name='reason')),
            ],
            options={
                'constraints': [django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(core.constraints.OnlyValue(models.F('item')), '&&'), (core.constraints.OnlyValue(models.F('unit')), '&&'), (core.constraints.Days(models.F('begins_on'), models.F('ends_on')), '&&')], name='fee_assignment_once_a_day'), models.CheckConstraint(condition=models.Q(('ends_on', None), ('ends_on__gt', models.F('begins_on')), _connector='OR'), name='fee_assignment_ends_after_it_begins')],
            },
        ),
        migrations.CreateModel(
            name='Discount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='discounts', to='fees.feeitem')),
                ('unit', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='fee_discounts', to='estate.unit')),
                ('kind', models.CharField(choices=[('vacant', 'vacant units'), ('ahead', 'months paid ahead'), ('gift', 'gift months')], max_length=6, verbose_name='kind')),
                ('percent', models.DecimalField(decimal_places=2, max_digits=5, verbose_name='percent')),
                ('months', models.PositiveSmallIntegerField(default=0, verbose_name='months paid ahead')),
                ('begins_on', models.DateField(verbose_name='from')),
                ('ends_on', models.DateField(blank=True, null=True, verbose_name='until')),
                ('reason', models.CharField(max_length=200, verbose_name='reason')),
                ('state', models.CharField(choices=[('requested', 'waiting for approval'), ('approved', 'approved'), ('refused', 'refused')], default='requested', max_length=9)),
                ('requested_at', models.DateTimeField()),
                ('requested_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('decided_at', models.DateTimeField(null=True)),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_on', None), ('ends_on__gt', models.F('begins_on')), _connector='OR'), name='discount_ends_after_it_begins'), models.CheckConstraint(condition=models.Q(('percent__gt', 0), ('percent__lte', 100)), name='discount_in_percent'), models.CheckConstraint(condition=models.Q(('decided_by', None), models.Q(('decided_by', models.F('requested_by')), _negated=True), _connector='OR'), name='discount_decided_by_second_person'), models.CheckConstraint(condition=models.Q(models.Q(('decided_by', None), ('state', 'requested')), models.Q(models.Q(('state', 'requested'), _negated=True), models.Q(('decided_by', None), _negated=True)), _connector='OR'), name='discount_decided_once')],
                'indexes': [models.Index(fields=['item', 'begins_on'], name='discount_of_item')],
            },
        ),
        migrations.CreateModel(
            name='BillRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bill_runs', to='core.site')),
                ('public_id', models.CharField(default=core.ids.public_id, max_length=20, unique=True)),
                ('building', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='bill_runs', to='estate.building')),
                ('month', models.DateField(verbose_name='month')),
                ('state', models.CharField(choices=[('staging', 'being worked out'), ('previewed', 'to be checked'), ('issuing', 'bills are being issued'), ('issued', 'issued'), ('undoing', 'being undone'), ('undone', 'undone'), ('discarded', 'discarded')], default='staging', max_length=10)),
                ('work', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='core.run')),
                ('currency', models.CharField(max_length=3)),
                ('charged', models.PositiveIntegerField(default=0)),
                ('omitted', models.PositiveIntegerField(default=0)),
                ('total', models.BigIntegerField(default=0)),
                ('vat_total', models.BigIntegerField(default=0)),
                ('bills', models.PositiveIntegerField(default=0)),
                ('summary', models.JSONField(default=dict)),
                ('created_at', models.DateTimeField()),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('issued_at', models.DateTimeField(null=True)),
                ('issued_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('undone_at', models.DateTimeField(null=True)),
                ('undone_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('undo_reason', models.CharField(blank=True, default='', max_length=200)),
                ('items', models.ManyToManyField(related_name='bill_runs', to='fees.feeitem')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ['staging', 'issuing', 'undoing'])), fields=('site',), name='bill_run_works_alone'), models.CheckConstraint(condition=models.Q(('month__day', 1)), name='bill_run_of_a_month'), models.CheckConstraint(condition=models.Q(models.Q(('issued_at', None), ('issued_by', None)), models.Q(('issued_at__isnull', False), ('issued_by__isnull', False)), _connector='OR'), name='bill_run_issued_by_a_person')],
                'indexes': [models.Index(fields=['site', '-month', '-id'], name='bill_run_by_month')],
            },
        ),
        migrations.CreateModel(
            name='FeePrice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='prices', to='fees.feeitem')),
                ('begins_on', models.DateField(verbose_name='from')),
                ('ends_on', models.DateField(blank=True, null=True, verbose_name='until')),
                ('price', models.DecimalField(blank=True, decimal_places=6, max_digits=16, null=True, verbose_name='price')),
                ('tiers', models.JSONField(blank=True, default=list)),
            ],
            options={
                'constraints': [django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(core.constraints.OnlyValue(models.F('item')), '&&'), (core.constraints.Days(models.F('begins_on'), models.F('ends_on')), '&&')], name='fee_price_once_a_day'), models.CheckConstraint(condition=models.Q(('ends_on', None), ('ends_on__gt', models.F('begins_on')), _connector='OR'), name='fee_price_ends_after_it_begins'), models.CheckConstraint(condition=models.Q(models.Q(('price__gte', 0), ('tiers', [])), models.Q(('price', None), models.Q(('tiers', []), _negated=True)), _connector='OR'), name='fee_price_or_tiers')],
            },
        ),
        migrations.CreateModel(
            name='LateFeeRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('item', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='late_fee', to='fees.feeitem')),
                ('rate_per_day', models.DecimalField(decimal_places=6, max_digits=7, verbose_name='rate per day')),
                ('grace_days', models.PositiveSmallIntegerField(default=0, verbose_name='days of grace')),
                ('cap', models.DecimalField(decimal_places=2, default=100, max_digits=5, verbose_name='highest share')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('cap__gt', 0), ('cap__lte', 100), ('rate_per_day__gt', 0), ('rate_per_day__lte', 1)), name='late_fee_within_principal')],
            },
        ),
        migrations.CreateModel(
            name='LateFeeWaiver',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='late_fee_waivers', to='core.site')),
                ('charge', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='waivers', to='billing.charge')),
                ('amount', models.PositiveBigIntegerField(verbose_name='amount')),
                ('reason', models.CharField(max_length=200, verbose_name='reason')),
                ('state', models.CharField(choices=[('requested', 'waiting for approval'), ('approved', 'approved'), ('refused', 'refused')], max_length=9)),
                ('requested_at', models.DateTimeField()),
                ('requested_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('decided_at', models.DateTimeField(null=True)),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'requested')), fields=('charge',), name='waiver_waits_once'), models.CheckConstraint(condition=models.Q(('decided_by', None), models.Q(('decided_by', models.F('requested_by')), _negated=True), _connector='OR'), name='waiver_decided_by_second_person'), models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='waiver_positive')],
            },
        ),
        migrations.CreateModel(
            name='Lease',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='leases', to='core.site')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='leases', to='fees.feeitem')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='leases', to='estate.unit')),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='leases', to='people.person')),
                ('company', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='leases', to='people.company')),
                ('number', models.CharField(blank=True, default='', max_length=40, verbose_name='contract number')),
                ('begins_on', models.DateField(verbose_name='from')),
                ('ends_on', models.DateField(blank=True, null=True, verbose_name='until')),
                ('deposit', models.BigIntegerField(default=0, verbose_name='deposit')),
            ],
            options={
                'constraints': [django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(core.constraints.OnlyValue(models.F('item')), '&&'), (core.constraints.OnlyValue(models.F('unit')), '&&'), (core.constraints.Days(models.F('begins_on'), models.F('ends_on')), '&&')], name='lease_once_a_day'), models.CheckConstraint(condition=models.Q(models.Q(('person', None), models.Q(('company', None), _negated=True)), models.Q(models.Q(('person', None), _negated=True), ('company', None)), _connector='OR'), name='lease_of_person_or_company'), models.CheckConstraint(condition=models.Q(('ends_on', None), ('ends_on__gt', models.F('begins_on')), _connector='OR'), name='lease_ends_after_it_begins'), models.CheckConstraint(condition=models.Q(('deposit__gte', 0)), name='lease_deposit_not_negative')],
                'indexes': [models.Index(fields=['site', 'begins_on', 'id'], name='lease_by_time')],
            },
        ),
        migrations.CreateModel(
            name='OneOffCharge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='one_off_charges', to='core.site')),
                ('public_id', models.CharField(default=core.ids.public_id, max_length=20, unique=True)),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='fees.feeitem')),
                ('unit', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='one_off_charges', to='estate.unit')),
                ('payer_type', models.CharField(max_length=20)),
                ('payer_id', models.CharField(max_length=40)),
                ('amount', models.BigIntegerField(verbose_name='amount')),
                ('description', models.CharField(max_length=120, verbose_name='what for')),
                ('happened_on', models.DateField(verbose_name='day')),
                ('due_on', models.DateField(verbose_name='due on')),
                ('entered_at', models.DateTimeField()),
                ('entered_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='one_off_charge_positive')],
                'indexes': [models.Index(fields=['site', 'entered_at', 'id'], name='one_off_by_time')],
            },
        ),
        migrations.CreateModel(
            name='Reminder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('bill', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reminders', to='billing.bill')),
                ('days', models.SmallIntegerField()),
                ('channel', models.CharField(choices=[('mail', 'mail'), ('none', 'no address')], max_length=4)),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('bill', 'days'), name='reminder_once_a_step')],
                'indexes': [models.Index(fields=['-created_at', '-id'], name='reminder_by_time')],
            },
        ),
        migrations.CreateModel(
            name='ReminderPause',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reminder_pauses', to='core.site')),
                ('unit', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='reminder_pause', to='estate.unit')),
                ('until', models.DateField(verbose_name='until')),
                ('reason', models.CharField(max_length=200, verbose_name='reason')),
                ('entered_at', models.DateTimeField()),
                ('entered_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='ReminderStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reminder_steps', to='core.site')),
                ('days', models.SmallIntegerField(verbose_name='days after the due date')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('site', 'days'), name='reminder_step_once'), models.CheckConstraint(condition=models.Q(('days__range', (-60, 365))), name='reminder_step_near_due_date')],
            },
        ),
        migrations.CreateModel(
            name='RentStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('lease', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='fees.lease')),
                ('begins_on', models.DateField(verbose_name='from')),
                ('rent', models.BigIntegerField(verbose_name='rent per month')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('lease', 'begins_on'), name='rent_step_once_a_day'), models.CheckConstraint(condition=models.Q(('rent__gte', 0)), name='rent_not_negative')],
            },
        ),
        migrations.CreateModel(
            name='RunBill',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='issued', to='fees.billrun')),
                ('bill', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='run', to='billing.bill')),
                ('kept', models.BooleanField(default=False)),
            ],
            options={
                'indexes': [models.Index(fields=['run', 'bill'], name='run_bill_of_run')],
            },
        ),
        migrations.CreateModel(
            name='RunLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='fees.billrun')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='estate.unit')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='fees.feeitem')),
                ('source_id', models.CharField(max_length=40)),
                ('period', models.CharField(max_length=20)),
                ('payer_type', models.CharField(blank=True, default='', max_length=20)),
                ('payer_id', models.CharField(blank=True, default='', max_length=40)),
                ('amount', models.BigIntegerField(default=0)),
                ('vat_rate', models.DecimalField(decimal_places=2, default=0, max_digits=5)),
                ('vat_amount', models.BigIntegerField(default=0)),
                ('lines', models.JSONField(default=list)),
                ('begins_on', models.DateField()),
                ('ends_on', models.DateField()),
                ('due_on', models.DateField()),
                ('omitted', models.CharField(blank=True, default='', max_length=30)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('run', 'unit', 'item', 'period'), name='run_line_once_a_period'), models.CheckConstraint(condition=models.Q(models.Q(('omitted', ''), _negated=True), models.Q(('amount__gt', 0), models.Q(('payer_id', ''), _negated=True)), _connector='OR'), name='run_line_charged_to_a_payer'), models.CheckConstraint(condition=models.Q(('ends_on__gt', models.F('begins_on'))), name='run_line_of_some_days')],
            },
        ),
        migrations.CreateModel(
            name='SharedCost',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='costs', to='fees.feeitem')),
                ('building', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='shared_costs', to='estate.building')),
                ('month', models.DateField(verbose_name='month')),
                ('amount', models.BigIntegerField(verbose_name='amount')),
                ('key', models.CharField(choices=[('area', 'by area'), ('equal', 'equally'), ('usage', 'by consumption'), ('coefficient', 'by coefficient')], max_length=11, verbose_name='divided')),
                ('note', models.CharField(blank=True, default='', max_length=200, verbose_name='note')),
                ('entered_at', models.DateTimeField()),
                ('entered_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('item', 'month', 'building'), name='shared_cost_once_a_month', nulls_distinct=False), models.CheckConstraint(condition=models.Q(('amount__gt', 0), ('month__day', 1)), name='shared_cost_of_a_month')],
            },
        ),
        migrations.CreateModel(
            name='SharedCostPart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cost', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='fees.sharedcost')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='estate.unit')),
                ('weight', models.DecimalField(decimal_places=6, max_digits=18)),
                ('amount', models.BigIntegerField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('unit', 'cost'), name='shared_cost_part_once')],
            },
        ),
        migrations.RunSQL(PRICES),
    ]
