"""The addresses of residents' access."""

from django.urls import path

from console.accounts import invitations, views

urlpatterns = [
    path("", views.accesses, name="accounts"),
    path("bulk/<slug:action>/", views.bulk_accesses, name="bulk_accesses"),
    path("requests/", views.requests, name="resident_requests"),
    path("requests/bulk/<slug:action>/", views.bulk_requests, name="bulk_requests"),
    path("requests/<int:pk>/erase/", views.approve_erasure, name="approve_erasure"),
    path("invitations/", views.invitations, name="resident_invitations"),
    path("invitations/bulk/<slug:action>/", views.bulk_invitations, name="bulk_invitations"),
    path("invite/", invitations.invite_any, name="invite_any_resident"),
    path("invite/<int:pk>/", invitations.invite, name="invite_resident"),
    path("print/<int:pk>/", invitations.print_code, name="print_invitation"),
    path("rules/", views.rules, name="resident_rules"),
]
