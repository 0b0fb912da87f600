"""Services that change money: charges, checkouts, settlement by provider events, cash."""

from billing.services.bank import (
    Imported,
    confirm_suggestion,
    import_statement,
    match_with_bills,
    match_with_payer,
    match_with_recorded,
    save_account,
    undo_match,
)
from billing.services.bank_entries import (
    book_charges,
    clear_account,
    match_with_entry,
    match_with_returned,
    put_aside,
)
from billing.services.bills import BillCharge, BillDraft, issue_bills
from billing.services.bulk import (
    FinalAmount,
    NewCharge,
    NewPayment,
    create_charges,
    finalise_drafts,
    lock_unpaid_drafts,
)
from billing.services.cash import record_cash
from billing.services.charging import (
    Cause,
    NewDraft,
    adjust_charge,
    cancel_charge,
    create_drafts,
    draft_charge,
    lock_cause,
    lock_causes,
    open_charge,
)
from billing.services.checkout import (
    Selected,
    begin_checkout,
    begin_joint_checkout,
    end_checkout,
    refresh_payment,
)
from billing.services.cheque_returns import return_cheque
from billing.services.credit import apply_credit, request_credit_refund, use_credit
from billing.services.credit_notes import credit_bill
from billing.services.deposits import require_deposit, settle_deposit
from billing.services.desk import Received, take_payment
from billing.services.drawers import hand_over_drawer, move_cash, open_drawer
from billing.services.fapiao import issue_fapiao, record_red_fapiao, reject_fapiao, request_fapiao
from billing.services.manual_bills import ask_for_deposit, bill_charges
from billing.services.periods import close_month, reopen_month
from billing.services.questions import answer_question, ask_question
from billing.services.rebilling import CorrectedLine, Rebilled, rebill
from billing.services.refunds import (
    approve_refund,
    cancel_refund,
    request_refund,
    send_refund,
)
from billing.services.reopening import hold_again
from billing.services.settlement import process_event, settle
from billing.services.undoing import undo_bills
from billing.services.voids import approve_void, cancel_void, void_payment
from billing.services.write_offs import (
    approve_write_off,
    cancel_write_off,
    reverse_write_off,
    write_off,
    write_off_bill,
)
from billing.vat import Vat

__all__ = [
    "BillCharge",
    "BillDraft",
    "Cause",
    "CorrectedLine",
    "FinalAmount",
    "Imported",
    "NewCharge",
    "NewDraft",
    "NewPayment",
    "Rebilled",
    "Received",
    "Selected",
    "Vat",
    "adjust_charge",
    "answer_question",
    "apply_credit",
    "approve_refund",
    "approve_void",
    "approve_write_off",
    "ask_for_deposit",
    "ask_question",
    "begin_checkout",
    "begin_joint_checkout",
    "bill_charges",
    "book_charges",
    "cancel_charge",
    "cancel_refund",
    "cancel_void",
    "cancel_write_off",
    "clear_account",
    "close_month",
    "confirm_suggestion",
    "create_charges",
    "create_drafts",
    "credit_bill",
    "draft_charge",
    "end_checkout",
    "finalise_drafts",
    "hand_over_drawer",
    "hold_again",
    "import_statement",
    "issue_bills",
    "issue_fapiao",
    "lock_cause",
    "lock_causes",
    "lock_unpaid_drafts",
    "match_with_bills",
    "match_with_entry",
    "match_with_payer",
    "match_with_recorded",
    "match_with_returned",
    "move_cash",
    "open_charge",
    "open_drawer",
    "process_event",
    "put_aside",
    "rebill",
    "record_cash",
    "record_red_fapiao",
    "refresh_payment",
    "reject_fapiao",
    "reopen_month",
    "request_credit_refund",
    "request_fapiao",
    "request_refund",
    "require_deposit",
    "return_cheque",
    "reverse_write_off",
    "save_account",
    "send_refund",
    "settle",
    "settle_deposit",
    "take_payment",
    "undo_bills",
    "undo_match",
    "use_credit",
    "void_payment",
    "write_off",
    "write_off_bill",
]
