"""Stand-ins for an objective and for what makes it."""

from contextlib import contextmanager
from itertools import count

import numpy as np
import pytest

from ortstyle.memory.plan import ScalePlan
from ortstyle.objective.objective import Evaluation
from ortstyle.objective.tiled import TiledObjective
from ortstyle.objective.whole import WholeObjective
from ortstyle.run import stylize as module


class Fake:
    """Stands in for an objective: any function of count and picture gives loss and gradient."""

    resident = False
    notice = ""

    def __init__(self, function):
        self.function, self.asked, self.closed = function, [], False

    def open(self):
        return self

    def close(self):
        self.closed = True

    def __call__(self, image):
        self.asked.append(image)
        loss, gradient = self.function(len(self.asked) - 1, image)
        return Evaluation(float(loss), {"style": float(loss)}, gradient.astype(np.float32))


class FakeObjectiveFactory:
    """Stands in for an `ObjectiveFactory` whose plans paint every scale whole."""

    anchored = False

    def __init__(self, make):
        self._make = make

    def make(self, side, _schedule):
        return self._make(side)

    def plan(self, side):
        return ScalePlan(size=(side, side), history=20)

    def to_dict(self):
        return {}


def stylize_on(make, content, settings, *, resume=None):
    """Return a run like `stylize`'s whose objectives `make(side)` returns, one a scale."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "ObjectiveFactory", lambda *_, **__: FakeObjectiveFactory(make))
        return module.stylize(content, content, settings, device="cpu", resume=resume)


@contextmanager
def before_each_evaluation(function):
    """Call a function with the number of each evaluation, from 1, before the evaluation is made."""
    numbers = count(1)
    with pytest.MonkeyPatch.context() as patched:
        for kind in (WholeObjective, TiledObjective):

            def evaluate(self, image, real=kind.__call__):
                function(next(numbers))
                return real(self, image)

            patched.setattr(kind, "__call__", evaluate)
        yield


def bowl(image):
    """Return loss and gradient of a bowl, ten times as steep in the last pixel as in the first."""
    steepness = np.linspace(1, 10, image.size).reshape(image.shape)
    return float((steepness * (image - 60) ** 2).sum()), 2 * steepness * (image - 60)
