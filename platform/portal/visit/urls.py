"""The addresses of a visitor's page, and of a door's poster."""

from django.urls import path

from portal.visit import ask, views

urlpatterns = [
    path("ask/<str:token>/", ask.ask, name="ask_at_door"),
    path("<slug:code>/", views.visit, name="visit"),
    path("<slug:code>/rules/", views.sign, name="sign_visit_rules"),
]
