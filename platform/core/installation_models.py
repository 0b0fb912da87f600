"""Settings of the whole installation, and the result of its last check."""

from django.db import models


class InstallationSetting(models.Model):
    """Settings of the whole installation that administrators enter (core.installation).

    A row of a subject that the environment configures only has the result of its last check.
    """

    name = models.CharField(max_length=40, primary_key=True)
    values = models.JSONField(default=dict)
    # The secrets as JSON, encrypted with a key derived from the master key.
    sealed = models.TextField(blank=True, default="")
    changed_at = models.DateTimeField(null=True)
    # When the service behind it last answered or failed, and how it failed.
    checked_at = models.DateTimeField(null=True)
    problem = models.TextField(blank=True, default="")

    def __str__(self) -> str:
        return self.name


class HealthReport(models.Model):
    """The result of the last check of the whole installation (core.health): its only row."""

    at = models.DateTimeField()
    # The parts whose check failed.
    failed = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{len(self.failed)} checks failed at {self.at:%Y-%m-%d %H:%M}"
