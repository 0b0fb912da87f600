"""The addresses of people, companies and occupancies."""

from django.urls import path

from console.people.views import consents, detail, lists, moves, own_data, register

_UNIT, _BAY = {"kind": "unit"}, {"kind": "bay"}
_PERSON, _COMPANY = {"kind": "person"}, {"kind": "company"}

urlpatterns = [
    path("", lists.people, name="people"),
    path("find/", moves.find_holders, name="find_holders"),
    path("add/", register.add_person, name="add_person"),
    path("<int:pk>/", detail.person, name="person"),
    path("<int:pk>/change/", register.change_person, name="change_person"),
    path("<int:pk>/move-in/", moves.move_in_holder, _PERSON, name="move_in_person"),
    path("<int:pk>/consents/", consents.page, name="consents"),
    path("<int:pk>/consents/<slug:purpose>/give/", consents.give, name="give_consent"),
    path("<int:pk>/consents/<slug:purpose>/withdraw/", consents.withdraw, name="withdraw_consent"),
    path("<int:pk>/data/", own_data.page, name="person_data"),
    path("<int:pk>/data/export/", own_data.export, name="export_person"),
    path("<int:pk>/data/export.json", own_data.export_json, name="person_json"),
    path("<int:pk>/data/export.html", own_data.export_page, name="person_file"),
    path("<int:pk>/data/erase/", own_data.erase, name="erase_person"),
    path("companies/", lists.companies, name="companies"),
    path("companies/add/", register.add_company, name="add_company"),
    path("companies/<int:pk>/", detail.company, name="company"),
    path("companies/<int:pk>/change/", register.change_company, name="change_company"),
    path("companies/<int:pk>/move-in/", moves.move_in_holder, _COMPANY, name="move_in_company"),
    path("occupancies/", lists.occupancies, name="occupancies"),
    path("occupancies/move-in/", moves.move_in, name="move_in"),
    path("occupancies/<int:pk>/", detail.occupancy, name="occupancy"),
    path("occupancies/<int:pk>/move-out/", moves.move_out, name="move_out"),
    path("occupancies/<int:pk>/extend/", moves.extend, name="extend_occupancy"),
    path("occupancies/<int:pk>/payer/", moves.set_payer, name="set_payer"),
    path("units/<int:pk>/move-in/", moves.move_in_at, _UNIT, name="move_in_unit"),
    path("units/<int:pk>/owner/", moves.change_owner, _UNIT, name="change_owner_unit"),
    path("bays/<int:pk>/move-in/", moves.move_in_at, _BAY, name="move_in_bay"),
    path("bays/<int:pk>/owner/", moves.change_owner, _BAY, name="change_owner_bay"),
]
