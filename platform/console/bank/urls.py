"""The addresses of bank statements."""

from django.urls import path

from console.bank import views

urlpatterns = [
    path("", views.page, name="bank"),
    path("bulk/<slug:action>/", views.bulk, name="bulk_bank_lines"),
    path("import/", views.import_statement, name="import_statement"),
    path("accounts/add/", views.add_account, name="add_bank_account"),
    path("accounts/<int:pk>/", views.change_account, name="change_bank_account"),
    path("payers/", views.find_payers, name="find_bank_payers"),
    path("lines/<int:pk>/confirm/", views.confirm, name="confirm_bank_line"),
    path("lines/<int:pk>/payer/", views.choose_payer, name="match_bank_line"),
    path("lines/<int:pk>/explain/", views.explain_line, name="explain_bank_line"),
    path("lines/<int:pk>/undo/", views.undo, name="undo_bank_line"),
]
