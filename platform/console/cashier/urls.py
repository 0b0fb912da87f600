"""The addresses of the cashier."""

from django.urls import path

from console.cashier.views import cheques, drawers, payers

urlpatterns = [
    path("", payers.page, name="cashier"),
    path("find/", payers.find, name="find_desk_payers"),
    path("payers/<int:pk>/<slug:kind>/", payers.payer, name="payer"),
    path("payers/<int:pk>/<slug:kind>/take/", payers.take, name="take_payment"),
    path("payments/<int:pk>/void/", payers.void, name="void_payment"),
    path("payments/<int:pk>/returned/", cheques.returned, name="return_cheque"),
    path("voids/<int:pk>/approve/", payers.approve_void, name="approve_void"),
    path("voids/<int:pk>/cancel/", payers.cancel_void, name="cancel_void"),
    path("drawer/", drawers.mine, name="my_drawer"),
    path("drawer/open/", drawers.open_own, name="open_drawer"),
    path("drawers/", drawers.page, name="cash_drawers"),
    path("drawers/<int:pk>/", drawers.drawer, name="cash_drawer"),
    path("drawers/<int:pk>/pdf/", drawers.hand_over_pdf, name="hand_over_pdf"),
    path("drawers/<int:pk>/move/", drawers.move, name="move_cash"),
    path("drawers/<int:pk>/hand-over/", drawers.hand_over, name="hand_over_drawer"),
]
