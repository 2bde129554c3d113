"""The rules for sums, means and matrix products, compared with central differences."""

import pytest
from numeric import check_rule, ids
from rule_products import CASES


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_rule(case):
    check_rule(case)
