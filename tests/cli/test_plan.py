"""`ortstyle plan`: the memory that a run would take."""

from commands import names


def test_plan_tells_what_each_scale_takes(folder, call, network):
    code, out, err = call("plan", "photo.png", "painting.png", *network, "--size", 320)
    assert (code, err) == (0, "")
    for told in ("256×192", "320×240", "whole", "MB"):
        assert told in out
    assert names(folder) == ["painting.png", "photo.png"]


def test_plan_tells_tiles_within_a_budget(folder, call, network):
    options = [*network, "--size", 1200, "--scales", 1, "--history", 2, "--memory", "500MB"]
    code, out, _ = call("plan", "photo.png", "painting.png", *options)
    assert code == 0
    assert "in tiles of" in out
