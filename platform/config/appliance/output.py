"""What the supervisor shows: its own lines, and the children's, each with its process's name."""

import sys
from pathlib import Path

# What stays in the log file and is not shown.
UNREMARKABLE = {"postgres": (" LOG:  ", "the database system is starting up")}
LARGEST_LOG = 10 * 1024 * 1024  # bytes; then the file becomes NAME.log.1 and starts anew


def say(line: str) -> None:
    """Print one line at once; a terminal that went away is no reason to stop a gate."""
    try:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    except OSError:
        return


class Follower:
    """Follows the log files of a folder and shows what is added to them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.places = {path: path.stat().st_size for path in folder.glob("*.log")}

    def show_new_lines(self) -> None:
        """Show every whole line written since the last call, and turn over a large file."""
        for path in sorted(self.folder.glob("*.log")):
            hidden = UNREMARKABLE.get(path.stem, ())
            for line in self._new_lines(path):
                if not any(words in line for words in hidden):
                    say(f"{path.stem:<9} | {line}")
            if self.places[path] > LARGEST_LOG:
                self._turn_over(path)

    def _new_lines(self, path: Path) -> list[str]:
        place = self.places.get(path, 0)
        with path.open("rb") as file:
            file.seek(place)
            text = file.read()
        whole = text[: text.rfind(b"\n") + 1]
        self.places[path] = place + len(whole)
        return whole.decode("utf-8", "replace").splitlines()

    def _turn_over(self, path: Path) -> None:
        path.with_suffix(".log.1").write_bytes(path.read_bytes())
        with path.open("r+b") as file:  # the process keeps its own handle, which appends
            file.truncate(0)
        self.places[path] = 0
