"""The addresses of receipts."""

from django.urls import path

from portal.receipts import views

urlpatterns = [
    path("<slug:public_id>/", views.receipt, name="receipt"),
    path("<slug:public_id>/fapiao/", views.fapiao, name="fapiao"),
    path("<slug:public_id>/pdf/", views.pdf, name="receipt_pdf"),
]
