"""What a run does when its optimiser has stopped: restart, go to the next scale, or fail."""

from math import isfinite, isnan

from ortstyle.errors import NotFiniteError
from ortstyle.objective.objective import Evaluation
from ortstyle.optim.optimizer import Stop
from ortstyle.run.progress import Progress
from ortstyle.settings.settings import Settings

_RESTARTS = 3  # a run that diverges more often has settings that no restart mends
_RUNAWAY = {Stop.NOT_FINITE, Stop.DIVERGED}
_LARGE = 1e6  # a weight that may be why a loss overflows; those of presets are 1000 at most
_OPTIONS = {"content": "--content-weight", "style": "--style-weight", "tv": "--tv-weight"}


def after_stop(stop: Stop | None, progress: Progress, *, patience: float) -> tuple[bool, str]:
    """Return whether the scale ends before its last evaluation, and a notice for the user.

    It ends where the optimiser has stopped for good, or where the loss hardly falls any more; for
    `patience` see `Progress.is_settled`.
    """
    next_scale = "continuing at the next scale"
    if progress.scale + 1 == len(progress.schedule):
        next_scale = "stopping"
    if stop is None:
        if progress.is_last_evaluation or not progress.is_settled(patience):
            return False, ""
        return True, f"evaluation {progress.evaluations}: the loss hardly falls; {next_scale}"
    hopeless = stop not in _RUNAWAY or progress.restarts == _RESTARTS
    if not hopeless and not progress.is_last_evaluation:
        then = "starting again from the best picture"
    else:
        then = next_scale
    ended = hopeless or progress.is_last_evaluation
    return ended, f"evaluation {progress.evaluations}: {stop.value}; {then}"


def check_finite(
    found: Evaluation, stop: Stop | None, progress: Progress, *, settings: Settings
) -> None:
    """Raise an error where a loss is not finite and starting again can't mend that.

    So it is at the first evaluation of a scale, whose picture is the best one there is, and at the
    last scale after the last restart.

    Parameters
    ----------
    found
        The evaluation made last; its gradient is not needed.
    stop
        Why the optimiser has stopped; None while it has not.
    progress
        The progress after the evaluation.
    settings
        The settings of the run.

    Raises
    ------
    NotFiniteError
        The message says which weight to lower.
    """
    if stop is not Stop.NOT_FINITE:
        return
    is_first = progress.done == 1
    is_at_last_scale = progress.scale + 1 == len(progress.schedule)
    if is_first or (is_at_last_scale and progress.restarts == _RESTARTS):
        count = f"{progress.evaluations} evaluation{'' if progress.evaluations == 1 else 's'}"
        raise NotFiniteError(
            f"the {_fault(found)} after {count}; {_advice(found, settings, is_first=is_first)}"
        )


def _fault(found: Evaluation) -> str:
    if isfinite(found.loss):
        return "gradient is too large for 32-bit numbers"
    return "loss is not a number" if isnan(found.loss) else "loss is infinite"


def _advice(found: Evaluation, settings: Settings, *, is_first: bool) -> str:
    if settings.precision == "float16":
        return "give --precision float32"
    wrong = [name for name, value in found.terms.items() if not isfinite(value)]
    name = wrong[0] if wrong else max(found.terms, key=lambda name: found.terms[name])
    term = name.rstrip("0123456789")  # each region of a masked picture has a style term
    option = _OPTIONS.get(term, "the weights")
    steps = {"adam": "--learning-rate"}.get(settings.optimizer)
    if not is_first and steps:
        return f"lower {steps} or {option}"
    if term == "style" and _largest_weight(settings) < _LARGE:
        return f"choose another --style-loss or lower {option}"
    return f"lower {option}"


def _largest_weight(settings: Settings) -> float:
    return settings.style_weight * max(weight for _, weight in settings.style_layers)
