"""Telemetry: measurements, their roll-ups, the latest values, and the ingest's slots.

Measurements are only ever added. Their key contains the device's time, so that a message that
arrives twice has no effect.
"""

from django.db import models

from devices.models import Device


class Metric(models.Model):
    """The name of a metric, such as ``battery.volt``; measurements store its id."""

    id = models.AutoField(primary_key=True)
    name = models.CharField(max_length=60, unique=True)

    def __str__(self) -> str:
        return self.name


class Measurement(models.Model):
    """One number that a device reported; the table is partitioned by the UTC day of ``at``.

    The migration creates the table. It has no foreign keys: each would cost a lookup per row, and
    the writer has just read the device and the metric.
    """

    pk = models.CompositePrimaryKey("device_id", "metric_id", "at")
    device = models.ForeignKey(
        Device, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    metric = models.ForeignKey(
        Metric, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    value = models.FloatField()

    def __str__(self) -> str:
        return f"{self.device_id} {self.metric_id} {self.at:%Y-%m-%dT%H:%M:%S}: {self.value}"


class RollUp(models.Model):
    """Aggregates of one time bucket of a device's metric; the mean is the sum over the count.

    The migration creates these tables, or continuous aggregates on TimescaleDB Community.
    """

    pk = models.CompositePrimaryKey("device_id", "metric_id", "at")
    device = models.ForeignKey(
        Device, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    metric = models.ForeignKey(
        Metric, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    at = models.DateTimeField()
    count = models.IntegerField()
    sum = models.FloatField()
    low = models.FloatField()
    high = models.FloatField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.device_id} {self.metric_id} {self.at:%Y-%m-%dT%H:%M}: {self.count}"


class MinuteRollUp(RollUp):
    """A minute of a device's metric; partitioned by the UTC day, like the measurements."""

    class Meta:
        db_table = "telemetry_minute"


class HourRollUp(RollUp):
    """An hour of a device's metric."""

    class Meta:
        db_table = "telemetry_hour"


class DayRollUp(RollUp):
    """A UTC day of a device's metric."""

    class Meta:
        db_table = "telemetry_day"


class RollUpProgress(models.Model):
    """How far the roll-ups are; at most one row (`devices.telemetry.rollups`)."""

    id = models.SmallIntegerField(primary_key=True)
    # A writer that adds a row older than this records its hour in `LateHour`.
    claimed_until = models.DateTimeField()
    # Every bucket that ends by then is in its roll-up; null before the first one is built.
    completed_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"completed until {self.completed_until}"


class LateHour(models.Model):
    """An hour to rebuild: rows of it arrived after the roll-ups' job had claimed it.

    Records are only added, and deleted by id. A writer adds one even where another one exists for
    the same hour, because the job may be about to delete that one.
    """

    device_id = models.BigIntegerField()
    hour = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.device_id} {self.hour:%Y-%m-%dT%H}"


class Latest(models.Model):
    """The newest measurement of a device's metric, by the device's time."""

    pk = models.CompositePrimaryKey("device_id", "metric_id")
    device = models.ForeignKey(Device, models.CASCADE, db_index=False, related_name="latest")
    metric = models.ForeignKey(Metric, models.PROTECT, db_index=False, related_name="+")
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    value = models.FloatField()

    def __str__(self) -> str:
        return f"{self.device_id} {self.metric_id}: {self.value}"


class Slot(models.Model):
    """A slot of the ingest: an MQTT client id under which the broker may queue messages.

    It outlives its process, so that messages queued for a process that never comes back are found
    (`devices.telemetry.slot_recovery`).
    """

    client_id = models.CharField(primary_key=True, max_length=60)

    def __str__(self) -> str:
        return self.client_id
