"""The supervisor's output: its own lines, and those of the processes with their names."""

import sys
from pathlib import Path

# Lines of a process that stay in its log file and are not shown.
HIDDEN_LINES = {"postgres": (" LOG:  ", "the database system is starting up")}
MAX_LOG = 10 * 1024 * 1024  # bytes; a larger file is rotated to NAME.log.1


def print_line(line: str) -> None:
    """Print a line immediately; a closed terminal must not stop a gate."""
    try:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    except OSError:
        return


class LogFollower:
    """Shows what is appended to the log files of a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.places = {path: path.stat().st_size for path in folder.glob("*.log")}

    def show_new_lines(self) -> None:
        """Show every complete line written since the last call, and rotate large files."""
        for path in sorted(self.folder.glob("*.log")):
            hidden = HIDDEN_LINES.get(path.stem, ())
            for line in self._new_lines(path):
                if not any(words in line for words in hidden):
                    print_line(f"{path.stem:<9} | {line}")
            if self.places[path] > MAX_LOG:
                self._rotate(path)

    def _new_lines(self, path: Path) -> list[str]:
        place = self.places.get(path, 0)
        with path.open("rb") as file:
            file.seek(place)
            text = file.read()
        whole = text[: text.rfind(b"\n") + 1]
        self.places[path] = place + len(whole)
        return whole.decode("utf-8", "replace").splitlines()

    def _rotate(self, path: Path) -> None:
        path.with_suffix(".log.1").write_bytes(path.read_bytes())
        with path.open("r+b") as file:  # the process appends through its own handle
            file.truncate(0)
        self.places[path] = 0
