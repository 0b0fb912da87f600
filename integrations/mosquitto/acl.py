"""Access rules of mosquitto's dynamic security plugin: how they are derived and written."""

from collections.abc import Iterable
from typing import Any

from devices.ports import Account

# The account of Gatehouse itself, which may do everything at the broker.
BACKEND = "backend"

# An access rule: (kind, topic filter, allowed, priority).
Rule = tuple[str, str, bool, int]


def role_rules(account: Account) -> frozenset[Rule]:
    """Return the rules of the account's role; what no rule allows is denied.

    A device that may subscribe must also be allowed to receive: otherwise a session that subscribed
    under earlier rules receives no messages under the present ones.
    """
    rules = [("publishClientSend", topic) for topic in account.publishes]
    for topic in account.listens:
        rules += [("subscribePattern", topic), ("publishClientReceive", topic)]
    return frozenset((kind, topic, True, 0) for kind, topic in rules)


def rules_to_json(rules: Iterable[Rule]) -> list[dict[str, Any]]:
    """Return the rules as the plugin's commands and file contain them."""
    return [
        {"acltype": kind, "topic": topic, "allow": allow, "priority": priority}
        for kind, topic, allow, priority in sorted(rules)
    ]


def rules_from_json(acls: Iterable[dict[str, Any]]) -> frozenset[Rule]:
    """Parse the rules of a role as the plugin returns them."""
    return frozenset(
        (acl["acltype"], acl["topic"], acl["allow"], acl.get("priority", 0)) for acl in acls
    )
