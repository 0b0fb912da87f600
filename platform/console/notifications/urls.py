"""The addresses of the record of notifications."""

from django.urls import path

from console.notifications import views

urlpatterns = [
    path("", views.page, name="sent_notifications"),
]
