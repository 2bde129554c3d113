"""Iterates of a run that was never made."""

import numpy as np

from ortstyle.run.iterate import Iterate

NOTICE = "evaluation 2: the loss diverged; starting again from the best picture"


def make_iterate(evaluations, *, notice="", loss=1234.5):
    """Make one of four evaluations, whose picture is black."""
    terms = {"content": 1000.0, "style": 234.0, "tv": 0.5}
    return Iterate(
        width=64,
        height=48,
        scale=(0, 1),
        iteration=evaluations - 1,
        evaluations=evaluations,
        loss=loss,
        terms=terms,
        seconds=evaluations / 2,
        seconds_left=(4 - evaluations) / 2,
        notice=notice,
        _pixels=lambda: np.zeros(3 * 64 * 48, np.float32),
    )
