"""The address of the statistics of incidents."""

from django.urls import path

from console.incident_statistics import views

urlpatterns = [path("", views.page, name="incident_statistics")]
