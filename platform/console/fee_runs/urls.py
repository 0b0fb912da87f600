"""The addresses of billing runs."""

from django.urls import path

from console.fee_runs import views

urlpatterns = [
    path("", views.page, name="fee_runs"),
    path("new/", views.new, name="new_fee_run"),
    path("<int:pk>/", views.one, name="fee_run"),
    path("<int:pk>/left-out/", views.left_out, name="fee_run_left_out"),
    path("<int:pk>/print/", views.print_bills, name="print_fee_run"),
    path("<int:pk>/prints/<int:number>/", views.printed, name="fee_run_print"),
    path("<int:pk>/issue/", views.issue, name="issue_fee_run"),
    path("<int:pk>/undo/", views.undo, name="undo_fee_run"),
    path("<int:pk>/discard/", views.discard, name="discard_fee_run"),
    path("<int:pk>/continue/", views.retry, name="retry_fee_run"),
]
