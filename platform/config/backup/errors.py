"""Why a backup or a restore stops."""


class BackupError(Exception):
    """A backup or restore cannot go on; the text says why and what to do, in one or two lines."""
