"""What follows when the optimiser stops: a restart, the next scale, the end, or an error."""

from dataclasses import replace
from math import inf, nan

import pytest

from ortstyle.errors import NotFiniteError
from ortstyle.objective.objective import Evaluation
from ortstyle.optim.optimizer import Stop
from ortstyle.run.progress import Progress
from ortstyle.run.restarts import after_stop, check_finite
from ortstyle.settings.settings import Settings

AT_FIRST = Progress(schedule=((32, 9), (48, 6)), done=1, evaluations=1)
AT_SECOND = replace(AT_FIRST, scale=1, evaluations=10)


def evaluation(loss=inf, **terms):
    return Evaluation(loss, {"content": 1.0, "style": 2.0, "tv": 0.5} | terms, None)


def refusal_of(found, progress=AT_FIRST, **settings):
    with pytest.raises(NotFiniteError) as caught:
        check_finite(found, Stop.NOT_FINITE, progress, settings=Settings(**settings))
    return str(caught.value)


@pytest.mark.parametrize(
    ("found", "settings", "message"),
    [
        (
            evaluation(style=inf),
            {"style_weight": 1e38},
            "the loss is infinite after 1 evaluation; lower --style-weight",
        ),
        (
            evaluation(style2=inf),
            {"style_layers": (("relu1_1", 1e30),)},
            "the loss is infinite after 1 evaluation; lower --style-weight",
        ),
        (
            evaluation(content=inf),
            {},
            "the loss is infinite after 1 evaluation; lower --content-weight",
        ),
        (
            evaluation(1e30, tv=1e30),
            {},
            "the gradient is too large for 32-bit numbers after 1 evaluation; lower --tv-weight",
        ),
        (
            evaluation(nan, style=nan),
            {},
            (
                "the loss is not a number after 1 evaluation; choose another --style-loss or lower "
                "--style-weight"
            ),
        ),
        (
            evaluation(style=inf),
            {"precision": "float16"},
            "the loss is infinite after 1 evaluation; give --precision float32",
        ),
    ],
)
def test_the_error_says_what_to_lower(found, settings, message):
    assert refusal_of(found, **settings) == message


def test_adam_may_have_taken_steps_that_are_too_large():
    later = replace(AT_SECOND, done=5, evaluations=14, restarts=3)
    message = refusal_of(evaluation(style=inf), later, optimizer="adam")
    assert message.endswith("after 14 evaluations; lower --learning-rate or --style-weight")


@pytest.mark.parametrize(
    ("stop", "progress"),
    [
        (None, AT_FIRST),
        (Stop.DIVERGED, AT_FIRST),
        (Stop.STATIONARY, AT_FIRST),
        (Stop.NOT_FINITE, replace(AT_FIRST, done=2)),
        (Stop.NOT_FINITE, replace(AT_FIRST, done=9, restarts=3)),  # another scale follows
        (Stop.NOT_FINITE, replace(AT_SECOND, done=6)),
    ],
)
def test_there_is_no_error_where_the_run_can_go_on(stop, progress):
    check_finite(evaluation(), stop, progress, settings=Settings())


@pytest.mark.parametrize(
    ("stop", "progress", "ended", "then"),
    [
        (Stop.NOT_FINITE, replace(AT_FIRST, done=2), False, "starting again from the best picture"),
        (Stop.DIVERGED, replace(AT_FIRST, restarts=3), True, "continuing at the next scale"),
        (Stop.DIVERGED, replace(AT_SECOND, restarts=3), True, "stopping"),
        (Stop.STATIONARY, AT_SECOND, True, "stopping"),
        (Stop.DIVERGED, replace(AT_SECOND, done=6), True, "stopping"),
    ],
)
def test_what_follows_is_said(stop, progress, ended, then):
    assert after_stop(None, progress, patience=0.5) == (False, "")
    notice = f"evaluation {progress.evaluations}: {stop.value}; {then}"
    assert after_stop(stop, progress, patience=0.0) == (ended, notice)


def test_a_scale_ends_where_the_loss_hardly_falls():
    hardly = "evaluation 11: the loss hardly falls; "
    settled = replace(AT_FIRST, schedule=((32, 12), (48, 12)), done=11, evaluations=11)
    settled = replace(settled, lowest=(100.0, *[99.5] * 10))
    assert after_stop(None, settled, patience=0.01) == (
        True,
        hardly + "continuing at the next scale",
    )
    assert after_stop(None, replace(settled, scale=1), patience=0.01) == (True, hardly + "stopping")
    assert after_stop(None, settled, patience=0.001) == (False, "")
    assert after_stop(None, settled, patience=0.0) == (False, "")
    assert after_stop(None, replace(settled, done=12), patience=0.01) == (False, "")
