"""The database backend, which Django loads by the name of this package."""

from typing import Any

from django.db.backends.postgresql import base
from psycopg2.extensions import ISOLATION_LEVEL_READ_COMMITTED

from core.pooled_postgresql.pool import POOL, Pooled


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's connection of a thread, which takes its connection to the server from the pool."""

    _pooled: Pooled | None = None

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Return an idle connection, or open one."""
        self._pooled = POOL.take(conn_params)
        if self._pooled is None:
            self._pooled = Pooled(super().get_new_connection(conn_params), dict(conn_params))
        else:
            self.isolation_level = ISOLATION_LEVEL_READ_COMMITTED
        return self._pooled.raw

    def _close(self) -> None:
        """Give the connection back; one that is in a transaction is closed."""
        pooled, self._pooled = self._pooled, None
        if pooled is None or self.in_atomic_block or not POOL.give_back(pooled):
            super()._close()  # type: ignore[misc]
