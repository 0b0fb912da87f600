"""Make a device's code unique at its site, with a user name at the broker that may differ from it.

Existing devices keep their code as user name.
"""

from django.db import migrations, models

from core.one_step_migration import OneStepMigration


class Migration(OneStepMigration):
    dependencies = [("devices", "0007_offsets_and_gaps")]
    operations = [
        migrations.AddField(
            model_name="device",
            name="username",
            field=models.CharField(blank=True, max_length=110, null=True, unique=True),
        ),
        migrations.AlterField(
            model_name="device",
            name="code",
            field=models.SlugField(max_length=60, verbose_name="code"),
        ),
        migrations.AddConstraint(
            model_name="device",
            constraint=models.UniqueConstraint(fields=["site", "code"], name="device_code_once"),
        ),
    ]
