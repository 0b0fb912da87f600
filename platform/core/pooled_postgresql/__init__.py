"""Django's PostgreSQL backend with connections that outlive the thread of a request.

Under ASGI each request runs in a thread of its own, so that Django would open a connection for
each: the server starts a process, checks the password, and reads its catalogue again for the first
plan of each query. The web process calls `keep_connections`; every other process has a few threads
that live long, and connects as Django does.
"""

from core.pooled_postgresql.pool import keep_connections

__all__ = ["keep_connections"]
