"""Property fees: fee items, their prices, leases, discounts, and what they come to."""

from django.apps import AppConfig


class FeesConfig(AppConfig):
    """Property fees: fee items, their prices, leases, discounts, and what they come to."""

    name = "fees"

    def ready(self) -> None:
        """Register the kinds of fees that people pay, their charges, and what needs units."""
        from billing import ports as billing
        from billing.accruals import register_accruals
        from billing.explanations import register_explanation
        from estate import ports as estate
        from fees import charge_sources, explanations, selectors, usages
        from fees.accruals import LateFeeAccruals
        from people import ports as people

        people.register_fee_kinds(selectors.fee_kinds)
        estate.register_usages(usages.of_place)
        for account, kind in charge_sources.KINDS.items():
            billing.register_source(charge_sources.FeeCharges(kind, str(account)))
            register_explanation(kind, explanations.explain_fee)
        for account, kind in charge_sources.ONE_OFF_KINDS.items():
            billing.register_source(charge_sources.OneOffCharges(kind, str(account)))
            register_explanation(kind, explanations.explain_one_off)
        billing.register_source(charge_sources.LateFees())
        register_accruals(LateFeeAccruals())
        register_explanation(charge_sources.LATE_FEE, explanations.explain_late_fee)
