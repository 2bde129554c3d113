"""What is suggested in place of an option that a command does not have: the nearest by meaning.

Other programs for style transfer name the same things differently; `_MEANINGS` lists their names.
"""

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from itertools import pairwise

_ARGUMENTS = (
    "name the photograph first and the paintings after it, without options: "
    "ortstyle render CONTENT STYLE"
)
#: Names in other programs, without dashes, by what they are called here.
_MEANINGS = {
    "--iterations": "i ii iter iters iteration it its niter steps n-steps epochs epoch evaluations "
    "evals loops initial-iterations passes",
    "--size": "s resolution res imsize img-size image-size width height dim dimension dimensions "
    "side end-scale max-side pixels longest-side content-size crop",
    "--scales": "ms min-scale pyramid levels octaves multires",
    "--output": "out outfile out-file result results dest destination save save-path save-to "
    "outdir out-dir output-dir output-folder to target",
    "--device": "d gpu gpus cuda use-cuda use-gpu cpu use-cpu no-cuda no-gpu devices backend "
    "provider multigpu-strategy mps rocm",
    "--learning-rate": "lr ss step-size learningrate",
    "--content-weight": "cw alpha content-loss lambda-content content-w",
    "--style-weight": "sw beta style-loss-weight lambda-style style-w",
    "--tv-weight": "tw tv-loss total-variation total-variation-weight smoothness gamma",
    "--style-blend": "style-blend-weights style-weights blend style-interpolation-weights "
    "style-interp",
    "--style-scale": "style-scales style-size style-scale-fac style-image-size style-res",
    "--init": "initial init-image initial-image init-type initialization initialisation start "
    "start-from init-method",
    "--colors": "original-colors preserve-colors preserve-color keep-colors keep-color color "
    "colour colours color-control histogram-matching match-colors transfer-color",
    "--normalize-gradients": "normalise-gradients normalize-gradient",
    "--save-every": "save-iter save-iters save-freq save-interval save-steps interval "
    "image-every checkpoint-iterations snapshot snapshots",
    "--trace": "print-iter print-iterations print-every log log-file logfile log-every losses "
    "progress-write",
    "--history": "lbfgs-num-correction lbfgs-memory history-size memory-size",
    "--optimizer": "optim optimiser algorithm solver opt",
    "--model": "network net vgg vgg-path vgg-model model-file model-path model-type weights "
    "weights-file proto-file",
    "--seed": "r random-seed rng rand random-state manual-seed",
    "--pooling": "pool pooling-type",
    "--padding": "pad padding-type border",
    "--preset": "p config configuration profile mode params settings",
    "--quiet": "silent no-progress no-verbose",
    "--threads": "num-threads nthreads n-threads workers num-workers jobs cores cpus intra-op",
    "--overwrite": "force yes clobber replace exist-ok",
    "--memory": "mem ram vram max-memory memory-limit",
    "--precision": "fp16 half float16 dtype amp tf32",
    "--content-mask": "mask masks content-seg content-segmentation region",
    "--style-mask": "style-seg style-segmentation style-guidance",
    "--compare": "report html side-by-side",
    "--plot": "graph chart loss-plot curve",
    "--thumbnail": "preview show display show-image",
    "--like": "copy-settings settings-from same-as",
    "--explain": "dry-run dryrun verbose print-settings",
    "--checkpoint": "checkpoint-path checkpoint-file checkpoint-output save-state",
    "--quality": "jpeg-quality jpg-quality q",
    "--depth": "bits bit-depth bitdepth",
    "ortstyle --version": "v version ver",
    "ortstyle resume FILE": "resume continue restore",
    _ARGUMENTS: "content content-image content-img content-path content-file input input-image "
    "in photo image source style styles style-image style-images style-img style-path "
    "style-file painting reference",
}
_SHORTEST = 3
_BY_NAME = {name: ours for ours, names in _MEANINGS.items() for name in names.split()}
_FILLERS = re.compile(r"^(num|n|max|number-of|total|the|image|img|use)-|-(image|img|file|path)$")
_TYPESET_DASH = re.compile(
    r"[\u2010-\u2015\u2212][-\u2010-\u2015\u2212]?([a-z][\w-]*)(=.*)?", re.DOTALL
)
_SINGLE_DASH = re.compile(r"-([a-z][\w-]+)(=.*)?", re.IGNORECASE | re.DOTALL)


def suggestion(option: str, known: Iterable[str]) -> str:
    """Return what to suggest in place of an option; empty if nothing is near.

    Parameters
    ----------
    option
        What was typed, such as "--iter" or "-num_iterations".
    known
        The options that the command has.
    """
    known = [flag for flag in known if flag.startswith("--")]
    forms = _forms(option)
    for candidate in forms:
        if f"--{candidate}" in known:
            return f"did you mean --{candidate}?"
        ours = _BY_NAME.get(candidate, "")
        if ours in known or ours.startswith("ortstyle"):
            return f"did you mean {ours}?"
        if ours == _ARGUMENTS:
            return ours if "--style" not in known else _argument_or_style(candidate)
    if len(forms[0]) < _SHORTEST:
        return ""  # a letter or two are near to too much
    near = get_close_matches(f"--{forms[0]}", known, n=1, cutoff=0.7)
    return f"did you mean {near[0]}?" if near else ""


def _argument_or_style(name: str) -> str:
    """Return what to suggest in place of an option of a command that has ``--style``."""
    if name.startswith(("style", "painting", "reference")):
        return "did you mean --style?"
    return "name the photographs without an option"


def single_dash_option(arguments: Sequence[str], known: Iterable[str]) -> str:
    """Return the first argument that names an option with one dash only; empty if there is none.

    ``-output_image`` would be read as the option ``-o`` with the value ``utput_image``.
    """
    names = {flag.lstrip("-") for flag in known if flag.startswith("--")} | _BY_NAME.keys()
    for argument in arguments:
        if argument == "--":
            break
        found = _SINGLE_DASH.fullmatch(argument)
        if found and not names.isdisjoint(_forms(found[1])):
            return f"-{found[1]}"
    return ""


def typeset_option(arguments: Sequence[str], known: Iterable[str]) -> tuple[str, str]:
    """Return the first argument that is an option with a typographer's dash, and what was meant.

    Web pages and word processors make such dashes of hyphens. Both are empty if there is none.
    """
    flags = set(known)
    for argument in arguments:
        if argument == "--":
            break
        found = _TYPESET_DASH.fullmatch(argument)
        for meant in (f"--{found[1]}", f"-{found[1]}") if found else ():
            if meant in flags:
                return argument, f"{meant}{(found and found[2]) or ''}"
    return "", ""


def equals_after_letter(arguments: Sequence[str], valued: Iterable[str]) -> tuple[str, str]:
    """Return the first argument like ``-o=a.png``, and what was meant; both empty for none.

    It would be read as the option ``-o`` with the value ``=a.png``. `valued` are the options that
    take a value.
    """
    letters = {flag for flag in valued if not flag.startswith("--")}
    for argument in arguments:
        if argument == "--":
            break
        flag, equals, value = argument.partition("=")
        if equals and flag in letters:
            return argument, f"{flag} {value}".rstrip()
    return "", ""


def empty_argument(arguments: Sequence[str], valued: Iterable[str]) -> str | None:
    """Return the option whose value is empty, "" for an argument of its own; None for neither.

    `valued` are the options that take a value. A mask may be empty, which means none, and what is
    wrong with a list that is empty is said elsewhere.
    """
    flags = set(valued)
    for before, argument in pairwise(("", *arguments)):
        option, equals, value = argument.partition("=")
        if argument and not (equals and not value and option in flags):
            continue
        option = option or (before if before in flags else "")
        if not option.endswith(("-mask", "-layers")):
            return option
    return None


def _forms(option: str) -> tuple[str, str]:
    """Return the name of an option as names are written here, and without words such as "num"."""
    name = option.lstrip("-").lower().replace("_", "-")
    return name, _FILLERS.sub("", name)
