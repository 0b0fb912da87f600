"""What is left out of the log."""

import logging


class NoTracebackOfRefusals(logging.Filter):
    """Log a refused request, such as a 403, as one line: it is no fault of the program."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Remove the traceback of a request that was answered below 500; keep the record."""
        if getattr(record, "status_code", 500) < 500:
            record.exc_info = record.exc_text = None
        return True
