"""Refunds and disputes; allocations and posted charges are protected like the ledger."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

import core.ids

REFUND_STATES = [
    ("requested", "requested"),
    ("approved", "approved"),
    ("created", "sent"),
    ("pending", "waits for the bank"),
    ("succeeded", "paid back"),
    ("failed", "failed"),
    ("cancelled", "cancelled"),
    ("external", "paid back at the provider"),
]
DISPUTE_STATES = [("open", "open"), ("won", "won"), ("lost", "lost")]
# The payment's row is locked, so that two refunds at once cannot both fit. A payment in doubt was
# not paid with its own amount, so only the provider knows what can be refunded of it.
TRIGGERS = """
CREATE FUNCTION refunds_within_payment() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE paid bigint;
BEGIN
    SELECT amount INTO paid FROM billing_payment
        WHERE id = NEW.payment_id AND state = 'paid' FOR NO KEY UPDATE;
    IF paid < (
        SELECT sum(amount) FROM billing_refund
        WHERE payment_id = NEW.payment_id AND state NOT IN ('failed', 'cancelled')
    ) THEN
        RAISE EXCEPTION 'more of payment % is refunded than was paid', NEW.payment_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER refunds_within_payment AFTER INSERT OR UPDATE ON billing_refund
    FOR EACH ROW EXECUTE FUNCTION refunds_within_payment();

DROP TRIGGER allocation_is_final ON billing_allocation;
DROP FUNCTION allocation_is_final();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON billing_allocation
    FOR EACH ROW EXECUTE FUNCTION refuse_change('an allocation is final: add one that releases it');
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON billing_allocation
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION posted_charge_stays() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'charge % is final: add an adjustment', OLD.id
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER posted_charge_stays BEFORE DELETE ON billing_charge
    FOR EACH ROW WHEN (OLD.state <> 'draft') EXECUTE FUNCTION posted_charge_stays();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON billing_charge
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""


def key_to(model: str, related_name: str, **options: object) -> models.ForeignKey:
    return models.ForeignKey(
        to=model,
        on_delete=django.db.models.deletion.PROTECT,
        related_name=related_name,
        **options,
    )


def primary_key() -> models.BigAutoField:
    return models.BigAutoField(
        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0006_cashier_name"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="Refund",
            fields=[
                ("id", primary_key()),
                ("payment", key_to("billing.payment", "refunds")),
                (
                    "public_id",
                    models.CharField(default=core.ids.public_id, max_length=20, unique=True),
                ),
                ("provider_ref", models.CharField(max_length=120, null=True, unique=True)),
                ("amount", models.PositiveBigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                (
                    "state",
                    models.CharField(choices=REFUND_STATES, default="requested", max_length=10),
                ),
                ("reason", models.CharField(blank=True, default="", max_length=200)),
                ("requested_by", key_to(settings.AUTH_USER_MODEL, "+", null=True)),
                ("approved_by", key_to(settings.AUTH_USER_MODEL, "+", null=True)),
                ("created_at", models.DateTimeField()),
                ("failure", models.CharField(blank=True, default="", max_length=300)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=Q(amount__gt=0), name="refund_positive")
                ]
            },
        ),
        migrations.CreateModel(
            name="Dispute",
            fields=[
                ("id", primary_key()),
                ("payment", key_to("billing.payment", "disputes")),
                ("provider_ref", models.CharField(max_length=120, unique=True)),
                ("amount", models.PositiveBigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("state", models.CharField(choices=DISPUTE_STATES, default="open", max_length=4)),
                ("created_at", models.DateTimeField()),
            ],
        ),
        migrations.RunSQL(TRIGGERS),
    ]
