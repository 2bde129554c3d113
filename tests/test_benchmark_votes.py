"""Blind sheets hide what they show, and votes of known strengths give these back."""

import json

import numpy as np
import pytest
from PIL import Image

votes = pytest.importorskip("votes", reason="the benchmarks are not here")

from bradley_terry import interval, resampled, shares, strengths  # noqa: E402
from painted import Painted, find_results  # noqa: E402
from sheets import crop_box, draw_order, draw_sheet, of_one_size  # noqa: E402

ENGINES = ["new", "old", "peer"]


def simulated(gamma, *, pairs, judges, seed):
    """Return wins (pairs, n, n) of votes that follow the model, each two engines on each pair."""
    rng = np.random.default_rng(seed)
    n = len(gamma)
    wins = np.zeros((pairs, n, n))
    for i in range(n):
        for j in range(i):
            wins[:, i, j] = rng.binomial(judges, gamma[i] / (gamma[i] + gamma[j]), pairs)
            wins[:, j, i] = judges - wins[:, i, j]
    return wins


def test_two_engines_are_as_strong_as_their_wins():
    found = strengths([[0, 30], [10, 0]], prior=0)
    assert found[0] - found[1] == pytest.approx(np.log(3))
    assert found.sum() == pytest.approx(0)


def test_strengths_are_of_the_greatest_likelihood():
    wins = simulated([4, 2, 1, 0.5], pairs=10, judges=2, seed=0).sum(0)
    found = strengths(wins, prior=0)
    expected = 1 / (1 + np.exp(found[None] - found[:, None]))
    assert ((wins + wins.T) * expected).sum(1) == pytest.approx(wins.sum(1))


def test_known_strengths_are_found_within_their_intervals():
    true = np.array([0.7, 0.2, -0.9])
    inside = []
    for seed in range(40):
        wins = simulated(np.exp(true), pairs=24, judges=3, seed=seed)
        low, high = interval(strengths(resampled(wins, draws=400, seed=seed)))
        inside += list((low <= true) & (true <= high))
    assert 0.88 <= np.mean(inside) <= 0.99
    many = simulated(np.exp(true), pairs=500, judges=10, seed=0)
    assert strengths(many.sum(0)) == pytest.approx(true, abs=0.05)


def test_an_engine_that_wins_every_vote_has_a_finite_strength():
    found = strengths([[0, 10, 10], [0, 0, 5], [0, 5, 0]])
    assert np.isfinite(found).all()
    assert found.argmax() == 0


def test_engines_never_compared_have_no_strengths():
    wins = np.zeros((4, 4))
    wins[0, 1] = wins[2, 3] = 5
    with pytest.raises(ValueError, match="never compared"):
        strengths(wins)


def test_the_bootstrap_draws_whole_pairs():
    """Ten votes on each of 20 pairs, unanimous: the interval is that of 20, not of 200, votes."""
    wins = np.zeros((20, 2, 2))
    wins[:14, 0, 1] = wins[14:, 1, 0] = 10
    low, high = interval(shares(resampled(wins), 0, 1))
    assert (low, high) == (pytest.approx(0.5, abs=0.05), pytest.approx(0.9, abs=0.05))


@pytest.fixture
def gallery(tmp_path):
    """Return a folder of results, one colour an engine, and the options that name the pairs."""
    sources = tmp_path / "sources"
    sources.mkdir()
    options = []
    for k in range(6):
        pair = [sources / f"photo{k}.png", sources / f"painting{k}.png"]
        Image.new("RGB", (40, 30), (0, 0, 40 * k)).save(pair[0])
        Image.new("RGB", (30, 40), (0, 40 * k, 0)).save(pair[1])
        options += ["--pair", *map(str, pair)]
        for engine, red in zip(ENGINES, (50, 150, 250), strict=True):
            path = tmp_path / f"photo{k}-painting{k}-64-{engine}.png"
            Image.new("RGB", (64, 48), (red, 0, 9)).save(path)
    Image.new("RGB", (9, 9)).save(tmp_path / "photo1-painting1-64.png")
    return tmp_path, options


def run(monkeypatch, *arguments):
    monkeypatch.setattr("sys.argv", ["votes.py", *map(str, arguments)])
    votes.main()


def test_results_are_found_by_their_names(tmp_path):
    for name in ("a-b-64-old", "a-b-64-new-2", "a-b-512-old", "a-b-64", "a-b-c-64-old", "x-64-old"):
        (tmp_path / f"{name}.png").touch()
    pairs = dict.fromkeys(("a-b", "a-b-c"), (tmp_path, tmp_path))
    found = [(p.pair, p.size, p.engine) for p in find_results(tmp_path, pairs)]
    assert found == [
        ("a-b", 64, "new-2"), ("a-b", 64, "old"), ("a-b", 512, "old"), ("a-b-c", 64, "old"),
    ]  # fmt: skip


@pytest.mark.parametrize("crop", [[], ["--crop", "20", "--crops", "2", "--enlarge", "2"]])
def test_the_key_says_which_result_is_a(gallery, monkeypatch, tmp_path, crop):
    folder, pairs = gallery
    output, key = tmp_path / "sheets", tmp_path / "key.json"
    run(monkeypatch, "sheets", folder, *pairs, "--engines", *ENGINES, *crop,
        "-o", output, "--key", key)  # fmt: skip
    sheets = json.loads(key.read_text("utf-8"))["sheets"]
    assert len(sheets) == 18 * (2 if crop else 1)
    assert {path.stem for path in output.iterdir()} == set(sheets)
    reds = dict(zip(ENGINES, (50, 150, 250), strict=True))
    first = 0
    for name, sheet in sheets.items():
        with Image.open(output / f"{name}.png") as drawn:
            pixels = np.asarray(drawn)
            assert not drawn.info
        where = {red: np.argwhere((pixels == (red, 0, 9)).all(-1)) for red in (50, 150, 250)}
        left = {letter: where[reds[sheet[letter]]][:, 1].mean() for letter in "AB"}
        assert left["A"] < left["B"]
        area = 40 * 40 if crop else 64 * 48
        assert {len(found) for found in where.values()} == {area, 0}
        first += sheet["A"] == "new"
    assert first == len(sheets) / 3  # each engine is A on half of its sheets


def test_the_key_stays_out_of_the_sheets(gallery, monkeypatch):
    folder, pairs = gallery
    output = folder / "sheets"
    with pytest.raises(SystemExit, match="among the sheets"):
        run(monkeypatch, "sheets", folder, *pairs, "--engines", "new", "old",
            "-o", output, "--key", output / "key.json")  # fmt: skip
    assert not output.exists()


def test_the_seed_decides_the_order(tmp_path):
    found = [Painted(f"p{k}", 64, engine, tmp_path) for k in range(12) for engine in ENGINES]
    order = draw_order(found, ENGINES, seed=0)
    assert order == draw_order(found, ENGINES, seed=0)
    assert order != draw_order(found, ENGINES, seed=1)
    against = draw_order(found, ENGINES, seed=0, against_first=True)
    assert len(order) == 36
    assert len(against) == 24
    assert all("new" in (sheet["A"], sheet["B"]) for sheet in against)


def test_crops_lie_inside_and_are_the_same_for_all_engines():
    boxes = {crop_box((100, 60), 50, (seed, "pair", 64, 0)) for seed in range(50)}
    assert len(boxes) > 40
    assert all(left >= 0 and right <= 100 and bottom <= 60 for left, _, right, bottom in boxes)
    assert crop_box((100, 60), 50, (1, "pair")) == crop_box((100, 60), 50, (1, "pair"))
    assert crop_box((30, 60), 50, (1,))[::2] == (0, 30)


def test_results_of_nearly_one_size_are_cropped(tmp_path):
    sizes = [(64, 48), (64, 50)]
    assert {p.size for p in of_one_size([Image.new("RGB", size) for size in sizes])} == {(64, 48)}
    paths = {letter: tmp_path / f"{letter}.png" for letter in "AB"}
    for path, size in zip(paths.values(), [(64, 48), (96, 72)], strict=True):
        Image.new("RGB", size).save(path)
    with pytest.raises(ValueError, match="64×48, 96×72"):
        draw_sheet([paths["A"], paths["B"]], paths, box=None)


@pytest.fixture
def key(tmp_path):
    """Return a key's content of one sheet a pair, of new against old and of new against peer."""
    sheets = {}
    for k in range(4):
        for other in ("old", "peer"):
            sheet = {"pair": f"p{k}", "size": 512, "crop": None, "enlarge": 1}
            a, b = ("new", other) if k % 2 else (other, "new")
            sheets[f"{len(sheets) + 1:03}"] = {**sheet, "A": a, "B": b}
    return {"engines": ENGINES, "sheets": sheets}


def given(key, winners):
    """Return votes of judges on the sheets of "new": "new", its opponent, or a tie."""
    found = []
    for name, sheet in key["sheets"].items():
        for judge, winner in enumerate(winners(sheet)):
            letter = next((c for c in "AB" if sheet[c] == winner), "tie")
            found.append({"judge": f"j{judge}", "sheet": name, "choice": letter, "why": ""})
    return found


def write(path, rows):
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n", "utf-8")
    return path


def test_votes_are_counted(key, tmp_path, monkeypatch, capsys):
    def winners(sheet):
        other = sheet["B"] if sheet["A"] == "new" else sheet["A"]
        if other == "peer":
            return ["new", "new"]
        return {"p0": ["old", "old"], "p1": ["new", "old"], "p2": ["tie", "old"]}.get(
            sheet["pair"], ["new", "new"]
        )

    file = write(tmp_path / "votes.jsonl", given(key, winners))
    key_file = tmp_path / "key.json"
    key_file.write_text(json.dumps(key), "utf-8")
    run(monkeypatch, "count", key_file, file)
    lines = capsys.readouterr().out.splitlines()
    assert "## 512 px, whole pictures" in lines
    (close,) = (line for line in lines if line.startswith("| new against old |"))
    assert close.startswith("| new against old | 4 | 8 | 3 | 1 | 4 | 43.8 | 12.5 to ")
    assert close.endswith(" | p0 |")
    assert "| new against peer | 4 | 8 | 8 | 0 | 0 | 100.0 | 100.0 to 100.0 | none |" in lines
    order = [line.split()[1] for line in lines if line.startswith("| ") and "+" in line]
    assert order
    assert [line for line in lines if line.startswith("Votes: j0 8, j1 8; A was chosen in ")]
    assert lines[-2].endswith("agreed in 75 %.")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"judge": "j", "sheet": "099", "choice": "A"}, "line 2: there is no sheet 099"),
        ({"judge": "j", "sheet": "002", "choice": "C"}, "line 2: the choice is 'C', not \"A\""),
        ({"judge": "j", "sheet": 1, "choice": "B"}, "line 2: j has voted on sheet 001 before"),
        ({"judge": "j", "sheet": "002"}, "line 2: no vote"),
        (["A"], "line 2: no vote"),
    ],
)
def test_wrong_votes_are_refused(key, tmp_path, row, message):
    file = write(tmp_path / "votes.jsonl", [{"judge": "j", "sheet": "001", "choice": "A"}, row])
    with pytest.raises(ValueError, match=message):
        votes.read_votes([file], key["sheets"])
