"""The addresses of the audit log."""

from django.urls import path

from console.audit_log import views

urlpatterns = [
    path("", views.page, name="audit_log"),
    path("history/", views.history, name="history"),
]
