"""Rendered documents, such as a receipt as PDF: a cache, from which each can be rendered again."""

from django.db import models


class Document(models.Model):
    """A PDF of one page of HTML, named by what it shows.

    The key is a digest of the HTML, so that a document whose content changes is another row.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        READY = "ready"
        FAILED = "failed"

    site = models.ForeignKey("core.Site", models.CASCADE, related_name="+")
    key = models.CharField(max_length=64, unique=True)
    # Of the downloaded file, without its extension.
    name = models.CharField(max_length=120)
    # What is to be rendered; emptied when that is done.
    html = models.TextField(blank=True, default="")
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    # Below MEDIA_ROOT.
    file = models.CharField(max_length=120, blank=True, default="")
    created_at = models.DateTimeField(db_index=True)
    tried_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.state})"

    @property
    def is_ready(self) -> bool:
        """Whether the PDF can be read."""
        return self.state == self.State.READY
