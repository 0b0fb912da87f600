"""The addresses of the billing settings."""

from django.urls import path

from console.billing_settings import views

urlpatterns = [
    path("", views.page, name="billing_settings"),
    path("site/", views.change_site, name="change_billing_settings"),
    path("organisation/", views.change_organisation, name="change_organisation_billing"),
    path("vat/", views.set_rate, name="set_vat_rate"),
    path("vat/<int:pk>/withdraw/", views.withdraw_rate, name="withdraw_vat_rate"),
]
