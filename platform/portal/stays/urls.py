"""The addresses of one stay."""

from django.urls import path

from portal.stays import views

urlpatterns = [
    path("<slug:public_id>/", views.stay, name="stay"),
    path("<slug:public_id>/amount/", views.amount, name="amount"),
    path("<slug:public_id>/checkout/", views.checkout, name="checkout"),
    path("<slug:public_id>/back/", views.back, name="back"),
]
