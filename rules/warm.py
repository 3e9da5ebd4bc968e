"""Compile the rules once, so that the first question does not wait: ``python -m rules.warm``."""

import shutil

import numpy as np

from rules import compare, compiling, evaluate, stages, terms, ticks


def warm() -> None:
    """Evaluate one empty member in every way in which the compiled functions are called."""
    plan = terms.plan(terms.names()[0])
    run = ticks.lay(plan).records[:24]
    hours, sums = np.zeros((1, len(run)), np.int32), np.zeros((1, len(run)), np.int64)
    facts = np.zeros(0, stages.FACT).view(np.recarray)
    places = np.zeros(2, np.int64)
    evaluate.covered_by_tick(run, hours, facts, places)
    compare.compare(run, run, hours, hours, facts, places)
    compare.compare(run, run, sums, sums.copy(), facts, places)
    evaluate.work(plan, [], [], 24, 48)


def forget_old() -> None:
    """Remove what was compiled from other states of the sources."""
    current = compiling.folder
    if current is not None:
        for folder in current.parent.glob("compiled-*"):
            if folder != current:
                shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    warm()
    forget_old()
