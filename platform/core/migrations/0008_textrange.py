"""Create the range type over texts, by which exclusion constraints compare plain values."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0007_rate_limit'),
    ]

    operations = [
        migrations.RunSQL(
            'CREATE TYPE textrange AS RANGE (subtype = text, collation = "C")',
            'DROP TYPE textrange',
        ),
    ]
