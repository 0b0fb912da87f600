"""A command's name, sender and reason in the page's language."""

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from access.labels import RULE_LABELS
from console.devices.actions import ACTIONS
from devices.models import Command

register = template.Library()
_DECISION = "decision"  # who the gate's own commands are by, as `access.decisions` writes it


@register.filter
def action_words(command: Command) -> str | Promise:
    """Return the name of the command, as on its button."""
    known = ACTIONS.get(command.action)
    return known.label if known else command.action


@register.filter
def orderer(command: Command) -> str | Promise:
    """Return the username, or that the command followed from a decision at the gate."""
    return _("Automatic decision") if command.actor == _DECISION else command.actor


@register.filter
def why(command: Command) -> str | Promise:
    """Return the user's reason, or the name of the rule that decided."""
    by_rule = command.actor == _DECISION
    return RULE_LABELS.get(command.reason, command.reason) if by_rule else command.reason
