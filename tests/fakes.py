"""Stand-ins for an objective and for what makes it."""

import numpy as np

from ortstyle.memory.plan import ScalePlan
from ortstyle.objective.whole import Evaluation


class Fake:
    """Stands in for an objective: loss and gradient are any function of count and picture."""

    resident = False

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
    """Stands in for a factory: `make` gives the objectives, all of them whole."""

    def __init__(self, make):
        self.make = make

    def plan(self, side):
        return ScalePlan(size=(side, side), history=20)

    def to_dict(self):
        return {}


def bowl(image):
    """Give loss and gradient of a bowl, ten times as steep in the last pixel as in the first."""
    steepness = np.linspace(1, 10, image.size).reshape(image.shape)
    return float((steepness * (image - 60) ** 2).sum()), 2 * steepness * (image - 60)
