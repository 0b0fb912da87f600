"""The lists of people and companies with the units that they occupy, and of who pays fees."""

from core.imports import register
from people.imports.companies import CompaniesList
from people.imports.payers import PayersList
from people.imports.people import PeopleList

register(PeopleList())
register(CompaniesList())
register(PayersList())
