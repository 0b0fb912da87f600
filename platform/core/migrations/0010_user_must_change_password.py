"""Mark users whose password was generated and has to be replaced first."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0009_site_currency_is_iso")]
    operations = [
        migrations.AddField(
            model_name="user",
            name="must_change_password",
            field=models.BooleanField(default=False),
        )
    ]
