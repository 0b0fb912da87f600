"""The addresses of evidence by a signed link."""

from django.urls import path

from portal.evidence_link import views

urlpatterns = [
    path("<str:token>/", views.page, name="evidence_link"),
    path("<str:token>/<int:pk>/", views.picture, name="evidence_link_picture"),
]
