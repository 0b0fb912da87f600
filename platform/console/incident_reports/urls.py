"""The addresses of reports."""

from django.urls import path

from console.incident_reports import views

urlpatterns = [path("add/", views.report, name="report_incident")]
