"""Sites belong to a legal entity; each existing site gets one that bears its name."""

import django.db.models.deletion
from django.db import migrations, models


def found_organisations(apps, schema_editor):
    """Create one organisation for each site: two sites may be different companies'."""
    Organisation = apps.get_model("core", "Organisation")
    for site in apps.get_model("core", "Site").objects.filter(organisation=None).order_by("pk"):
        site.organisation = Organisation.objects.create(name=site.name)
        site.save(update_fields=["organisation"])


class Migration(migrations.Migration):
    dependencies = [("core", "0013_audit_by_time")]

    operations = [
        migrations.CreateModel(
            name="Organisation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=160, verbose_name="name")),
                (
                    "tax_number",
                    models.CharField(
                        blank=True, default="", max_length=40, verbose_name="tax number"
                    ),
                ),
                (
                    "address",
                    models.CharField(
                        blank=True, default="", max_length=300, verbose_name="address"
                    ),
                ),
            ],
            options={"verbose_name": "organisation", "verbose_name_plural": "organisations"},
        ),
        migrations.AddField(
            model_name="site",
            name="organisation",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="sites",
                to="core.organisation",
            ),
        ),
        migrations.RunPython(found_organisations, migrations.RunPython.noop),
        # PostgreSQL changes no table that has checks of its constraints pending.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="site",
            name="organisation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="sites",
                to="core.organisation",
            ),
        ),
    ]
