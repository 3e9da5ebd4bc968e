"""What the ledger's lines hold of what a plan may ask of them."""

from rules.terms import Terms

HELD = ("hours", "days", "weeks", "contributions", "scale")


def unheld(plan: Terms) -> str | None:
    """What a plan asks of lines that the ledger does not hold, or None where it holds all of it.

    A plan that asks for more would be answered as if nobody had any: whoever administers or asks is refused instead.
    """
    for measure in plan.below("credit"):
        counts = words(plan, measure, "counts")
        if not counts <= set(HELD):
            return f"{plan.plan} counts {min(counts - set(HELD))}, and the ledger's lines hold {', '.join(HELD)} so far"
        if "contributions" in counts and plan.has("benefit") and plan.has("account"):
            return f"{plan.plan} counts contributions, and does not tell those to the pension from those to the account"
    return None


def asks_whether_paid(plan: Terms) -> bool:
    """Whether a plan counts only what is paid for, or counts it on the day of payment."""
    return any(
        "paid" in words(plan, measure, "needs") or "pay_date" in words(plan, measure, "attributed_to")
        for measure in plan.below("credit")
    )


def words(plan: Terms, measure: str, key: str) -> set[str]:
    """Every word that a key of a measure has at any time, for anybody."""
    path = f"credit.{measure}.{key}"
    return {value.word for value in plan.leaves[path].values.values() if value.word} if plan.has(path) else set()
