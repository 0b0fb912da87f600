"""The addresses of an organisation's account of online payments."""

from django.urls import path

from console.provider_account import views

urlpatterns = [
    path("", views.page, name="provider_account"),
    path("change/", views.change, name="change_provider_account"),
    path("try/", views.try_account, name="try_provider_account"),
    path("remove/", views.remove, name="remove_provider_account"),
]
