"""What the steps of an escalation are called on pages."""

from collections.abc import Iterable
from datetime import timedelta

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from core.models import Site, User
from core.text_lists import joined
from incidents.escalation.plans import Step
from incidents.models import EscalationPolicy
from incidents.models.escalation import Target
from people.colleagues import available_roles
from people.labels import role_name
from ui.templatetags.gatehouse import span


def steps_of(site: Site, policy: EscalationPolicy) -> list[str]:
    """Return the texts of a policy's steps, in their order."""
    steps = (
        Step(each.wait_s, each.target, each.role, tuple(user.pk for user in each.users.all()))
        for each in policy.steps.all()
    )
    return described(site, list(steps))


def described(site: Site, steps: Iterable[Step]) -> list[str]:
    """Return the texts of steps, such as "After 1 min: the next person on call"."""
    roles = {role.code: role_name(role) for role in available_roles(site)}
    return [_described(step, roles) for step in steps]


def _described(step: Step, roles: dict[str, str]) -> str:
    who = _who(step, roles)
    if not step.wait_s:
        return capfirst(who)
    return _("After %(wait)s: %(who)s") % {"wait": span(timedelta(seconds=step.wait_s)), "who": who}


def _who(step: Step, roles: dict[str, str]) -> str:
    if step.target == Target.ROLE:
        return roles.get(step.role, step.role)
    if step.target == Target.PEOPLE:
        people = User.objects.filter(pk__in=step.users).order_by("pk")
        return joined(user.display_name for user in people)
    return str(Target(step.target).label)
