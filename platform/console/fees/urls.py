"""The addresses of fees."""

from django.urls import path

from console.fees.views import agreements, charges, items

urlpatterns = [
    path("", items.page, name="fee_items"),
    path("add/", items.choose_method, name="add_fee_item"),
    path("add/<slug:method>/", items.add, name="add_fee_of_method"),
    path("find-payers/", charges.find_payers, name="find_payers"),
    path("charge/", charges.charge_once, name="charge_once"),
    path("discounts/", agreements.discounts, name="discounts"),
    path("discounts/request/", agreements.request_discount, name="request_discount"),
    path("discounts/<int:pk>/approve/", agreements.approve_discount, name="approve_discount"),
    path("discounts/<int:pk>/refuse/", agreements.refuse_discount, name="refuse_discount"),
    path("discounts/<int:pk>/end/", agreements.end_discount, name="end_discount"),
    path("leases/", agreements.leases, name="leases"),
    path("leases/add/", agreements.add_lease, name="add_lease"),
    path("leases/<int:pk>/rents/", agreements.lease_months, name="lease_months"),
    path("leases/<int:pk>/end/", agreements.end_lease, name="end_lease"),
    path("costs/<int:pk>/withdraw/", charges.withdraw_cost, name="withdraw_shared_cost"),
    path("units/<int:pk>/end/", items.end_assignment, name="end_fee_assignment"),
    path("prices/<int:pk>/withdraw/", items.withdraw_price, name="withdraw_fee_price"),
    path("<int:pk>/", items.one, name="fee_item"),
    path("<int:pk>/try/", items.try_out, name="try_fee_item"),
    path("<int:pk>/change/", items.change, name="change_fee_item"),
    path("<int:pk>/price/", items.set_price, name="set_fee_price"),
    path("<int:pk>/late-fee/", items.set_late_fee, name="set_late_fee"),
    path("<int:pk>/units/", items.assign, name="assign_fee"),
    path("<int:pk>/costs/", charges.enter_cost, name="enter_shared_cost"),
    path("<int:pk>/ahead/", charges.charge_ahead, name="charge_ahead"),
    path("<int:pk>/end/", items.end, name="end_fee_item"),
]
