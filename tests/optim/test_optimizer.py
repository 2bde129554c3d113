"""What optimisers have in common: the errors of `tell`, and nested states."""

from types import SimpleNamespace

import numpy as np
import pytest

from ortstyle.optim.optimizer import Stop, check_tell, nested_state

X = np.zeros(3, np.float32)


@pytest.mark.parametrize("gradient", [np.zeros(2, np.float32), np.zeros(3), X[None]])
def test_a_gradient_of_another_shape_or_dtype_is_refused(gradient):
    with pytest.raises(ValueError, match=r"not float32 \(3,\)"):
        check_tell(SimpleNamespace(stop=None), X, gradient=gradient)
    check_tell(SimpleNamespace(stop=None), X, gradient=X)


def test_an_optimiser_that_has_stopped_takes_nothing():
    with pytest.raises(RuntimeError, match="has stopped: the loss diverged"):
        check_tell(SimpleNamespace(stop=Stop.DIVERGED), X, gradient=X)


def test_a_nested_state_is_found_by_its_prefix():
    one, two = np.zeros(1), np.ones(1)
    state = {"pairs.s.rows": one, "pairs.pushed": two, "pairs": one, "trial": two}
    assert nested_state(state, "pairs") == {"s.rows": one, "pushed": two}
    assert nested_state(nested_state(state, "pairs"), "s") == {"rows": one}
