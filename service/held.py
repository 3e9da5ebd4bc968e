"""What the ledger's lines hold of what a plan may ask of them. The rest comes with contribution schedules."""

from rules.terms import Terms

HELD = ("hours", "days", "weeks")


def unheld(plan: Terms) -> str | None:
    """What a plan asks of lines that the ledger does not hold, or None where it holds all of it.

    A plan that asks for more would be answered as if nobody had any: whoever administers or asks is refused instead.
    """
    for measure in plan.below("credit"):
        counts, days, needs = (
            {value.word for value in plan.leaves[path].values.values() if value.word} if plan.has(path) else set[str]()
            for path in (f"credit.{measure}.{key}" for key in ("counts", "attributed_to", "needs"))
        )
        if not counts <= set(HELD):
            return f"{plan.plan} counts {min(counts - set(HELD))}, and {HOLDS}"
        if "pay_date" in days:
            return f"{plan.plan} counts {measure} by the day of payment, and {HOLDS}"
        if "paid" in needs:
            return f"{plan.plan} counts no {measure} that are not paid for, and {HOLDS}"
    return None


HOLDS = f"the ledger's lines hold {', '.join(HELD)} and the day of their report so far"
