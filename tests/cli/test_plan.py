"""`ortstyle plan`: the memory that a run would take."""

from commands import names


def test_plan_tells_what_each_scale_takes(folder, call, network):
    code, out, err = call("plan", "photo.png", "painting.png", *network, "--size", 320)
    assert (code, err) == (0, "")
    for told in ("256×192", "320×240", "whole", "MB"):
        assert told in out
    assert names(folder) == ["painting.png", "photo.png"]


def test_plan_takes_the_size_of_the_content(folder, call, network):
    code, out, err = call("plan", "photo.png", "painting.png", *network, "--size", "content")
    assert (code, err) == (0, "")
    assert "48×36" in out


def test_plan_tells_the_size_of_a_checkpoint(folder, call, network):
    pictures, options = ["photo.png", "painting.png"], [*network, "--size", 320, "--scales", 1]
    sizes = []
    for evaluations in (2, 10_000):  # a checkpoint holds no more pairs than there were evaluations
        out = call("plan", *pictures, *options, "--iterations", evaluations)[1]
        assert "checkpoint" in out
        sizes.append(int(out.split(" MB")[1].split()[-1]))
    n = 4 * 3 * 320 * 240
    assert sizes == [round((5 + 2 * 3) * n / 1e6 + 0.1), round((5 + 2 * 21) * n / 1e6 + 0.1)]


def test_plan_tells_tiles_within_a_budget(folder, call, network):
    options = [*network, "--size", 1200, "--scales", 1, "--history", 2, "--memory", "400MB"]
    code, out, _ = call("plan", "photo.png", "painting.png", *options)
    assert code == 0
    assert "in tiles of" in out
