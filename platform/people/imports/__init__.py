"""The lists of people and of companies with the units that they occupy."""

from core.imports import register
from people.imports.companies import CompaniesList
from people.imports.people import PeopleList

register(PeopleList())
register(CompaniesList())
