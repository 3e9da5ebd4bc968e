"""Compile the rules once, so that the first question does not wait: ``python -m rules.warm``."""

import numpy as np

from rules import compare, evaluate, stages, terms, ticks


def warm() -> None:
    """Evaluate one empty member in every way in which the compiled functions are called."""
    run = ticks.lay(terms.plan(terms.names()[0])).records[:24]
    hours, sums = np.zeros((1, len(run)), np.int32), np.zeros((1, len(run)), np.int64)
    facts = np.zeros(0, stages.FACT).view(np.recarray)
    places = np.zeros(2, np.int64)
    evaluate.covered_by_tick(run, hours, facts, places)
    compare.compare(run, run, hours, hours, facts, places)
    compare.compare(run, run, sums, sums.copy(), facts, places)
    evaluate.work(terms.plan(terms.names()[0]), [], [], 24, 48)


if __name__ == "__main__":
    warm()
