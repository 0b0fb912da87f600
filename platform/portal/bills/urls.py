"""The addresses of a resident's bills."""

from django.urls import path

from portal.bills import views

urlpatterns = [
    path("<int:binding>/", views.bills, name="bills"),
    path("<int:binding>/statement/", views.statement, name="own_statement"),
    path("<int:binding>/statement/pdf/", views.statement_pdf, name="own_statement_pdf"),
    path("<int:binding>/pay/", views.pay_bills, name="pay_bills"),
    path("<int:binding>/payment/<slug:payment>/", views.outcome, name="bills_payment"),
    path("<int:binding>/bill/<int:pk>/", views.bill, name="own_bill"),
    path("<int:binding>/bill/<int:pk>/pdf/", views.pdf, name="own_bill_pdf"),
    path("<int:binding>/<int:unit>/pay/<int:pk>/", views.pay, name="pay_bill"),
]
