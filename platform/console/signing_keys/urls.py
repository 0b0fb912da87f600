"""The addresses of signing keys."""

from django.urls import path

from console.signing_keys import views

urlpatterns = [
    path("", views.page, name="signing_keys"),
    path("replace/", views.replace, name="replace_signing_key"),
    path("<int:pk>/certificate.pem", views.certificate, name="signing_certificate"),
]
