"""The addresses of receipts."""

from django.urls import path

from portal.receipts import views

urlpatterns = [path("<slug:public_id>/", views.receipt, name="receipt")]
