"""Who is on call and on duty, and how an incident is escalated until a person acknowledges it.

`rota` and `plans` are pure: who is on call at an instant, and which step of an escalation is due
when. `running` starts an escalation with its incident and does the steps that are due.
"""

from incidents.escalation.paging import page_on_call
from incidents.escalation.responders import on_call, on_duty

__all__ = ["on_call", "on_duty", "page_on_call"]
