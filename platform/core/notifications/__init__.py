"""Notifications to persons: the only way to notify one (docs/notifications.md).

A room declares its kinds of notices, with their texts, and calls `notify` in the transaction of
the change that it is about; `resolve` notifies the same persons that it has ended.
"""

from core.notifications.kinds import NoticeKind, declare
from core.notifications.notices import Notice
from core.notifications.resolutions import merge_subjects, open_subjects, resolve
from core.notifications.services import WINDOW, mark_read, mark_subject_read, notify

__all__ = [
    "WINDOW",
    "Notice",
    "NoticeKind",
    "declare",
    "mark_read",
    "mark_subject_read",
    "merge_subjects",
    "notify",
    "open_subjects",
    "resolve",
]
