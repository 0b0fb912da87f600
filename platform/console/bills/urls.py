"""The addresses of bills, credit notes and write-offs."""

from django.urls import path

from console.bills.views import changes, detail, lists, rebilling

urlpatterns = [
    path("", lists.bills, name="bills"),
    path("credit-notes/", lists.credit_notes, name="credit_notes"),
    path("credit-notes/<int:pk>/pdf/", detail.credit_note_pdf, name="credit_note_pdf"),
    path("write-offs/", lists.write_offs, name="write_offs"),
    path("write-offs/<int:pk>/approve/", changes.approve, name="approve_write_off"),
    path("write-offs/<int:pk>/cancel/", changes.cancel, name="cancel_write_off"),
    path("write-offs/<int:pk>/reverse/", changes.reverse, name="reverse_write_off"),
    path("<int:pk>/", detail.bill, name="bill"),
    path("<int:pk>/pdf/", detail.pdf, name="bill_pdf"),
    path("<int:pk>/credit/", changes.credit, name="credit_bill"),
    path("<int:pk>/again/", rebilling.rebill, name="rebill"),
    path("<int:pk>/write-off/", changes.write_off, name="write_off_bill"),
]
