"""The console's web server with one page more, which only asks the database for ``SELECT 1``.

It is the settings and the addresses of a server that a benchmark starts: everything that a page of
the console does besides its own queries and template is in the time of this page, too.
"""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.parts.select_one_urls"
