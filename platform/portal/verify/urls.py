"""The address to which the QR code of a document leads."""

from django.urls import path

from portal.verify import views

urlpatterns = [path("<str:token>/", views.verify, name="verify")]
