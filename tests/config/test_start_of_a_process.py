"""What every process of Gatehouse does at its start, and leaves to those that need it."""

import os
import subprocess
import sys

#: They take long to load: for photos, workbooks, online payments and push messages.
SELDOM_USED = {"aiohttp", "numpy", "openpyxl", "pywebpush", "stripe"}


def said(code: str) -> str:
    """What a process prints once Django is ready."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", f"import gc, sys, django; django.setup(); print({code})"]
    return subprocess.run(
        command, env=environment, check=True, capture_output=True, text=True
    ).stdout.strip()


def test_a_start_loads_no_library_that_few_processes_use():
    assert said(f"sorted({SELDOM_USED!r} & {{*sys.modules}})") == "[]"


def test_garbage_is_collected_once_it_has_started():
    assert said("gc.isenabled(), gc.get_freeze_count() > 10_000") == "True True"
