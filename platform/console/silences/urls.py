"""The addresses of silences."""

from django.urls import path

from console.silences import views

urlpatterns = [
    path("", views.page, name="silences"),
    path("add/", views.add, name="add_silence"),
    path("<int:pk>/end/", views.end, name="end_silence"),
]
