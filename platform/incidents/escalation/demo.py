"""Who is on call at the demo sites, and an escalation policy."""

from collections.abc import Sequence
from datetime import time, timedelta

from django.utils.translation import gettext

from core import clock
from core.models import Site, User
from core.permissions import StandardRole
from incidents.escalation import policy_editing, rota_editing
from incidents.escalation.plans import Step
from incidents.escalation.policy_editing import PolicyValues
from incidents.escalation.rota_editing import LayerValues
from incidents.models.escalation import Target
from incidents.own_kinds import SMOKE_FIRE, SOS


def plan_on_call(site: Site, manager: User, guards: Sequence[User]) -> None:
    """Put the guards on call by turns of a week with the manager behind them, and add a policy."""
    today = clock.local(clock.now(), site.timezone).date()
    monday = today - timedelta(days=today.weekday())
    lines = ((gettext("First line"), guards), (gettext("Second line"), [manager]))
    for name, people in lines:
        rota_editing.add_layer(site, manager, LayerValues(name, people, monday, time(8)))
    steps = [
        Step(0, Target.ON_DUTY.value),
        Step(0, Target.ON_CALL.value),
        Step(60, Target.NEXT_ON_CALL.value),
        Step(60, Target.ROLE.value, StandardRole.MANAGER.value),
    ]
    policy_editing.add_policy(
        site,
        manager,
        PolicyValues(gettext("Fire and SOS"), steps, [SOS, SMOKE_FIRE], repeats=10),
    )
