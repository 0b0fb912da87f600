"""The schema of version 0.1, whose databases have it recorded; new ones start from the squashed migration."""

import core.ids
import django.db.models.deletion
from django.db import migrations, models


KEEP = """
CREATE FUNCTION ledger_entry_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM billing_ledgerline l JOIN billing_account a ON a.id = l.account_id
        WHERE l.entry_id = NEW.entry_id GROUP BY a.currency HAVING sum(l.amount) <> 0
    ) THEN
        RAISE EXCEPTION 'ledger entry % does not balance', NEW.entry_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_entry_balances AFTER INSERT ON billing_ledgerline
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_entry_balances();

CREATE FUNCTION ledger_line_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a ledger line is final: book a reversal'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER ledger_line_is_final BEFORE UPDATE OR DELETE ON billing_ledgerline
    FOR EACH ROW EXECUTE FUNCTION ledger_line_is_final();
"""
DROP = """
DROP TRIGGER ledger_line_is_final ON billing_ledgerline;
DROP FUNCTION ledger_line_is_final();
DROP TRIGGER ledger_entry_balances ON billing_ledgerline;
DROP FUNCTION ledger_entry_balances();
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        ('core', '0001_initial'),
    ]
    operations = [
        migrations.CreateModel(
            name='Account',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(choices=[('cash', 'cash in hand'), ('stripe', 'held by Stripe'), ('parking', 'parking income'), ('refunds_due', 'owed back to payers'), ('suspense', 'taken, to be looked into')], max_length=20)),
                ('currency', models.CharField(max_length=3)),
            ],
        ),
        migrations.CreateModel(
            name='LedgerEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reference', models.CharField(max_length=80, unique=True)),
                ('at', models.DateTimeField()),
                ('memo', models.CharField(max_length=200)),
            ],
            options={
                'verbose_name_plural': 'ledger entries',
            },
        ),
        migrations.CreateModel(
            name='LedgerLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount', models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='Payment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=core.ids.public_id, max_length=20, unique=True)),
                ('provider', models.CharField(choices=[('stripe', 'card or wallet'), ('offline', 'cash at the lane')], max_length=10)),
                ('provider_ref', models.CharField(max_length=120, null=True)),
                ('checkout_url', models.URLField(blank=True, default='', max_length=1000)),
                ('language', models.CharField(blank=True, default='', max_length=10)),
                ('return_url', models.URLField(blank=True, default='', max_length=500)),
                ('amount', models.PositiveBigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('state', models.CharField(choices=[('created', 'begun'), ('pending', 'waits for the payer'), ('processing', 'waits for the bank'), ('paid', 'paid'), ('expired', 'expired'), ('failed', 'failed')], default='created', max_length=10)),
                ('email', models.EmailField(blank=True, default='', max_length=254)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(null=True)),
                ('paid_at', models.DateTimeField(null=True)),
                ('taken_by', models.CharField(blank=True, default='', max_length=160)),
                ('receipt_no', models.PositiveBigIntegerField(null=True)),
                ('failure', models.CharField(blank=True, default='', max_length=300)),
            ],
        ),
        migrations.CreateModel(
            name='ProviderEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('provider', models.CharField(choices=[('stripe', 'card or wallet'), ('offline', 'cash at the lane')], max_length=10)),
                ('event_id', models.CharField(max_length=120)),
                ('type', models.CharField(max_length=80)),
                ('received_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='ReceiptCounter',
            fields=[
                ('site', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='receipt_counter', serialize=False, to='core.site')),
                ('last', models.PositiveBigIntegerField(default=0)),
            ],
        ),
        migrations.AddField(
            model_name='account',
            name='site',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='accounts', to='core.site'),
        ),
        migrations.AddField(
            model_name='ledgerentry',
            name='site',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='ledger', to='core.site'),
        ),
        migrations.AddField(
            model_name='ledgerline',
            name='account',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='billing.account'),
        ),
        migrations.AddField(
            model_name='ledgerline',
            name='entry',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='billing.ledgerentry'),
        ),
        migrations.AddField(
            model_name='payment',
            name='quote',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='parking.quote'),
        ),
        migrations.AddField(
            model_name='payment',
            name='site',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='core.site'),
        ),
        migrations.AddField(
            model_name='payment',
            name='stay',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bill_payments', to='parking.stay'),
        ),
        migrations.AddConstraint(
            model_name='providerevent',
            constraint=models.UniqueConstraint(fields=('provider', 'event_id'), name='provider_event_once'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.UniqueConstraint(fields=('site', 'code', 'currency'), name='account_once'),
        ),
        migrations.AddConstraint(
            model_name='ledgerline',
            constraint=models.CheckConstraint(condition=models.Q(('amount', 0), _negated=True), name='ledger_line_not_zero'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.UniqueConstraint(fields=('provider', 'provider_ref'), name='provider_ref_once'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.UniqueConstraint(fields=('site', 'receipt_no'), name='receipt_no_once'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['created', 'pending', 'processing']), models.Q(('provider', 'offline'), _negated=True)), fields=('stay',), name='one_checkout_under_way'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='payment_positive'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'paid'), _negated=True), models.Q(('paid_at__isnull', False), ('receipt_no__isnull', False)), _connector='OR'), name='paid_has_time_and_receipt'),
        ),
        migrations.RunSQL(KEEP, DROP),
    ]
