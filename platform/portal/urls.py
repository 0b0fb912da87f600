"""The addresses of the visitors' web."""

from django.urls import path

from portal import views

app_name = "portal"
urlpatterns = [
    path("p/<slug:slug>/", views.find, name="find"),
    path("pay/<slug:public_id>/", views.stay, name="stay"),
    path("pay/<slug:public_id>/amount/", views.amount, name="amount"),
    path("pay/<slug:public_id>/checkout/", views.checkout, name="checkout"),
    path("pay/<slug:public_id>/back/", views.back, name="back"),
    path("receipt/<slug:public_id>/", views.receipt, name="receipt"),
]
