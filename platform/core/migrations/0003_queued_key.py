from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0002_audit_is_append_only")]

    operations = [
        migrations.CreateModel(
            name="QueuedKey",
            fields=[
                ("key", models.CharField(max_length=200, primary_key=True, serialize=False)),
            ],
        ),
    ]
