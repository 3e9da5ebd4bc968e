"""Lines of the quality table at a size that fits into every run of the tests.

``hourbank test Q2`` and the like run a line at its CI size, ``--release`` at its release size: Q2 takes longer than all
other tests together, and Q8 (mutations) is run by itself.
"""

import pytest

from service.cli_checks import modules

SIZES = {"q2": 2_350, "q3": 1_000, "q4": 700, "q5": 60, "q6": 150, "r1": 40, "r2": 6, "r3": 14} | dict.fromkeys(
    ("q2_pension", "q3_pension", "q4_pension"), 1_000
)
MODULES = [one for one in modules("tests.quality", "check") if not one.__name__.endswith("q8")]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_no_case_fails(module):
    assert module.check(SIZES.get(module.__name__.rpartition(".")[2], module.CI)) == 0
