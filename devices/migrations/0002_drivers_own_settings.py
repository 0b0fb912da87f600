"""Room for what a driver keeps of a device: own topic, options, firmware, model."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('devices', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='device',
            name='firmware',
            field=models.CharField(blank=True, default='', max_length=60, verbose_name='firmware'),
        ),
        migrations.AddField(
            model_name='device',
            name='model',
            field=models.CharField(blank=True, default='', max_length=60, verbose_name='model'),
        ),
        migrations.AddField(
            model_name='device',
            name='options',
            field=models.JSONField(blank=True, default=dict, verbose_name='options'),
        ),
        migrations.AddField(
            model_name='device',
            name='topic',
            field=models.CharField(blank=True, max_length=240, null=True, unique=True, verbose_name='topic'),
        ),
        migrations.AlterField(
            model_name='device',
            name='kind',
            field=models.CharField(choices=[('camera', 'camera'), ('barrier', 'barrier'), ('bay_sensor', 'bay sensor'), ('meter', 'meter'), ('sensor', 'sensor'), ('door', 'door controller'), ('face_terminal', 'face terminal')], max_length=20, verbose_name='kind'),
        ),
    ]
