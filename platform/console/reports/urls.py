"""The addresses of reports and of the months of the ledger."""

from django.urls import path

from console.reports import months, views

urlpatterns = [
    path("", views.trial_balance, name="reports"),
    path("income/", views.income, name="report_income"),
    path("collected/", views.collected, name="report_collected"),
    path("ageing/", views.ageing, name="report_ageing"),
    path("cash-book/", views.cash_book, name="report_cash_book"),
    path("vat/", views.vat, name="report_vat"),
    path("statement/", views.statement, name="report_statement"),
    path("months/", months.page, name="closed_months"),
    path("months/close/", months.close, name="close_month"),
    path("months/reopen/", months.reopen, name="reopen_month"),
]
