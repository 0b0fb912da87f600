"""The addresses of payers' accounts; ``key`` names the payer, such as ``person-12``."""

from django.urls import path

from console.payers import changes, views

urlpatterns = [
    path("<slug:key>/", views.account, name="payer_account"),
    path("<slug:key>/bill/", changes.bill, name="bill_payer"),
    path("<slug:key>/use-credit/", changes.use_credit, name="use_credit"),
    path("<slug:key>/refund-credit/", changes.refund_credit, name="refund_credit"),
    path("<slug:key>/unused-fees/", changes.credit_fees, name="credit_unused_fees"),
    path("<slug:key>/deposit/", changes.require_deposit, name="require_deposit"),
    path("<slug:key>/write-off/", changes.write_off, name="write_off_charges"),
]
