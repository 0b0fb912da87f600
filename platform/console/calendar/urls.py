"""The addresses of the calendar."""

from django.urls import path

from console.calendar import views

urlpatterns = [
    path("", views.page, name="calendar"),
    path("add/", views.add, name="add_calendar_days"),
    path("bulk/<slug:action>/", views.bulk, name="bulk_calendar"),
]
