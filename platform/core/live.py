"""The live channel: announce to open pages which rows changed, and close pages of ended sessions.

An announcement names a topic and ids, never content: a page fetches what it shows under its user's
own permissions. Each topic is declared by the app that owns it, in ``<app>/topics.py``, with the
permission that a page's user needs at the site to receive it.

Announcements are collected per transaction and sent by PostgreSQL's NOTIFY after its commit, to
every web process (config.live). Sending after the commit keeps the round trip, and the lock that
PostgreSQL holds while a transaction with a NOTIFY commits, out of the announcing transaction. A
process that is killed between its commit and the NOTIFY loses the announcement: pages then show
the change with the next one, or when they reconnect.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from weakref import WeakValueDictionary

from django.db import connection, transaction

from core.live_changes import Changes, ChangeSet

CHANNEL = "gatehouse_live"
_NOTIFY = "SELECT pg_notify(%s, payload) FROM unnest(%s) AS payload"


@dataclass(frozen=True)
class Topic:
    """A kind of change that pages can subscribe to.

    Attributes:
        name: an identifier, unique across all apps; pages subscribe to it.
        permission: the code of the permission that a user needs at the site.
    """

    name: str
    permission: str


_topics: dict[str, Topic] = {}


def declare(name: str, permission: str) -> Topic:
    """Declare a topic and return it; called at import, in ``<app>/topics.py``.

    Raises:
        ValueError: the name is not an identifier of at most 40 characters, or is taken.
    """
    topic = Topic(name, permission)
    if not name.isidentifier() or len(name) > 40:
        raise ValueError(f"{name!r} cannot be the name of a topic")
    if _topics.setdefault(name, topic) != topic:
        raise ValueError(f"the topic {name} is declared twice, with different permissions")
    return topic


def declared() -> list[Topic]:
    """Return all topics."""
    return list(_topics.values())


def topics_for(permissions: frozenset[str]) -> frozenset[str]:
    """Return the names of the topics that these permissions admit."""
    return frozenset(topic.name for topic in declared() if topic.permission in permissions)


def announce(topic: Topic, site_id: int, row_id: int | None = None) -> None:
    """Announce a change to the site's pages when the transaction commits.

    The same row is announced once per transaction, however often it changes; more than
    `core.live_changes.MAX_IDS` rows of a topic become one announcement of the whole topic.

    Args:
        topic: one that the app has declared.
        site_id: the site whose pages may receive it.
        row_id: primary key of the changed row; without it, anything of the topic may have changed.
    """
    with _batch() as batch:
        batch.changes.add((site_id, topic.name), row_id)


def announce_public(topic: Topic, public_id: str) -> None:
    """Announce a change to the pages whose address holds that unguessable public id.

    Args:
        topic: what changed; it needs no permission here, since the id itself is the credential.
        public_id: the id in the page's address, such as a stay's.
    """
    with _batch() as batch:
        batch.messages[_encode(public=public_id, topic=topic.name)] = None


def announce_personal(topic: str, user_id: int) -> None:
    """Announce a change to the pages that a user has open, whatever their site.

    Args:
        topic: what changed; it needs no permission, since it is the user's own.
    """
    with _batch() as batch:
        batch.messages[_encode(user=user_id, topic=topic)] = None


def end_session(session_key: str) -> None:
    """Close the pages of a session that was logged out."""
    with _batch() as batch:
        batch.messages[_encode(session=session_digest(session_key))] = None


def recheck_user(user_id: int) -> None:
    """Check again what the open pages of a user may receive, and close those of ended sessions."""
    with _batch() as batch:
        batch.messages[_encode(user=user_id)] = None


def session_digest(session_key: str) -> str:
    """Return what stands for a session in notifications, since its key is a credential."""
    return hashlib.sha256(session_key.encode()).hexdigest()[:32]


class Batch:
    """The announcements of one transaction, or of one savepoint in it."""

    def __init__(self) -> None:
        self.changes: ChangeSet[tuple[int, str]] = ChangeSet()
        self.messages: dict[str, None] = {}  # a set that keeps its order
        self.sent = False

    def send(self) -> None:
        """Notify the web processes, once the transaction has committed."""
        self.sent = True
        payloads = [*map(_encode_changes, self.changes), *self.messages]
        with connection.cursor() as cursor:
            cursor.execute(_NOTIFY, [CHANNEL, payloads])


# Django holds a batch, as a hook to be run on commit, and drops it when its savepoint or its
# transaction is rolled back or has ended. Held weakly here, it vanishes at the same moment.
_batches: WeakValueDictionary[tuple[object, ...], Batch] = WeakValueDictionary()


@contextmanager
def _batch() -> Iterator[Batch]:
    """Give the innermost savepoint's batch; without a transaction, one that is sent at once."""
    if connection.in_atomic_block:
        yield _batch_of_savepoint()
    else:
        batch = Batch()
        yield batch
        batch.send()


def _batch_of_savepoint() -> Batch:
    savepoints = (each for each in connection.savepoint_ids if each)
    key = (id(connection.connection), *savepoints)
    batch = _batches.get(key)
    if batch is None or batch.sent:
        batch = _batches[key] = Batch()
        transaction.on_commit(batch.send, robust=True)
    return batch


def _encode_changes(of_topic: tuple[tuple[int, str], Changes]) -> str:
    (site_id, topic), changes = of_topic
    if changes.bulk:
        return _encode(site=site_id, topic=topic, bulk=True)
    return _encode(site=site_id, topic=topic, ids=sorted(changes.ids))


def _encode(**facts: Any) -> str:
    return json.dumps(facts, separators=(",", ":"))
