"""Mark users whose password was generated and has to be replaced first."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0008_textrange")]
    operations = [
        migrations.AddField(
            model_name="user",
            name="must_change_password",
            field=models.BooleanField(default=False),
        )
    ]
