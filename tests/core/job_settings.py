"""The product's settings with short leases, for workers that the tests kill."""

import os

from config.settings import *  # noqa: F403
from config.settings import DATABASES, JOBS

DATABASES["default"]["NAME"] = os.environ["JOB_TEST_DATABASE"]
JOBS.update(timeout_s=3.0, lease_s=4.0, retry_s=4.0)
