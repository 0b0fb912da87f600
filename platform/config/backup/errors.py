"""Why a backup or a restore stops."""


class BackupError(Exception):
    """A backup or restore cannot go on; the text gives the reason and the remedy."""
