"""The addresses of finance."""

from django.urls import path

from console.finance import views

urlpatterns = [
    path("", views.page, name="finance"),
    path("refunds/", views.refunds, name="refunds"),
    path("in-doubt/", views.in_doubt, name="payments_in_doubt"),
    path("suspense/", views.suspense, name="suspense"),
    path("disputes/", views.disputes, name="disputes"),
    path("payments/", views.payments, name="payments"),
    path("payments/<int:pk>/", views.payment, name="finance_payment"),
    path("payments/<int:pk>/refund/", views.refund, name="refund_payment"),
    path("refunds/<int:pk>/approve/", views.approve, name="approve_refund"),
    path("refunds/<int:pk>/cancel/", views.cancel, name="cancel_refund"),
]
