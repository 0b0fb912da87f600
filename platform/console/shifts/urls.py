"""The addresses of shifts, and of what a page sounds."""

from django.urls import path

from console.shifts import views

urlpatterns = [
    path("", views.page, name="shifts"),
    path("start/", views.start, name="start_shift"),
    path("end/", views.end, name="end_shift"),
    path("take-over/", views.take_over, name="take_over_shift"),
    path("sounds/", views.sounds, name="sounds"),
    path("sounds/tested/", views.tested, name="sounded_test_alarm"),
]
