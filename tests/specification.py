"""Where the specification's own cases and photos are, if they are beside the checkout."""

import os
from pathlib import Path

BESIDE = Path(__file__).resolve().parents[2] / "shared"
SHARED = Path(os.environ.get("GATEHOUSE_SHARED", BESIDE))
ABSENT = f"{SHARED} is not there: the specification's own cases are not checked"
