"""The addresses of one bill by its signed link."""

from django.urls import path

from portal.bill_link import views

urlpatterns = [
    path("<str:token>/", views.bill, name="bill_link"),
    path("<str:token>/pdf/", views.pdf, name="bill_link_pdf"),
    path("<str:token>/pay/", views.check, name="bill_link_pay"),
    path("<str:token>/payment/<slug:payment>/", views.outcome, name="bill_link_payment"),
    path("<str:token>/credit-notes/<int:pk>/pdf/", views.credit_note, name="bill_link_credit_note"),
    path("<str:token>/lines/<int:pk>/ask/", views.ask, name="bill_link_ask"),
    path("<str:token>/readings/<int:pk>/photo/", views.photo, name="bill_link_photo"),
]
