"""The derivative table as a whole."""

import rule_arithmetic
import rule_products
import rule_shapes
import rule_windows

from ortstyle.graph.rules.table import RULES, ZERO_GRADIENT


def test_every_rule_has_a_case():
    modules = (rule_arithmetic, rule_products, rule_shapes, rule_windows)
    assert set(RULES) == {op for module in modules for op, *_ in module.CASES}


def test_an_operator_has_a_rule_or_no_gradient():
    assert not set(RULES) & ZERO_GRADIENT
