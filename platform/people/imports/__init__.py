"""The list of people: residents, owners and tenants with the units that they occupy."""

from core.imports import register
from people.imports.kind import PeopleList

register(PeopleList())
