"""The address of the installation's state."""

from django.urls import path

from console.health import views

urlpatterns = [path("", views.page, name="health")]
