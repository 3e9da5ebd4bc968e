"""Every line of the quality table that is built, at the size that fits into the test suite."""

import pytest

from service.cli_checks import modules


@pytest.mark.parametrize(
    "module", modules("tests.quality", "check"), ids=lambda module: module.__name__.rpartition(".")[2]
)
def test_no_case_fails(module):
    assert module.check(module.CI) == 0
