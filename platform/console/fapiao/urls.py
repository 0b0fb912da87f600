"""The addresses of requests for a fapiao."""

from django.urls import path

from console.fapiao import views

urlpatterns = [
    path("", views.page, name="fapiao"),
    path("<int:pk>/issue/", views.issue, name="issue_fapiao"),
    path("<int:pk>/reject/", views.reject, name="reject_fapiao"),
    path("<int:pk>/red/", views.record_red, name="record_red_fapiao"),
]
