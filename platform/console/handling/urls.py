"""The addresses of how incidents are handled."""

from django.urls import path

from console.handling import views

urlpatterns = [
    path("", views.page, name="incident_handling"),
    path("times/", views.times, name="incident_times"),
    path("procedures/<slug:kind>/", views.procedure, name="change_procedure"),
    path("inhibitions/add/", views.add_inhibition, name="add_inhibition"),
    path("inhibitions/<slug:code>/remove/", views.remove_inhibition, name="remove_inhibition"),
]
