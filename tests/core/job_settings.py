"""The product's settings with short leases, for workers that the tests kill."""

import os

from config.settings import *  # noqa: F403
from config.settings import DATABASES, Q_CLUSTER

DATABASES["default"]["NAME"] = os.environ["JOB_TEST_DATABASE"]
Q_CLUSTER.update(timeout=3, retry=4, poll=0.05)
