"""The registry of style losses: each module in the folder defines a complete style loss."""

from pathlib import Path

import pytest

from ortstyle.errors import GraphError
from ortstyle.graph import style_losses
from ortstyle.graph.style_losses import style_loss, style_loss_names


def test_the_names_are_those_of_the_files():
    (folder,) = map(Path, style_losses.__path__)
    files = [path.stem for path in folder.glob("*.py")]
    assert list(style_loss_names()) == sorted(name for name in files if not name.startswith("_"))
    assert {"gram", "moments", "wasserstein"} <= set(style_loss_names())


@pytest.mark.parametrize("name", style_loss_names())
def test_every_style_loss_says_what_it_is(name):
    loss = style_loss(name)
    assert loss.name == name
    assert loss.description
    assert not loss.description.endswith(".")
    assert loss.statistics
    assert loss.targets
    for meaning in loss.targets.values():
        assert "statistics.style.layer" in meaning.format(name="style.layer")


@pytest.mark.parametrize("name", ["swirl", "__init__", "../gram", "os", ""])
def test_an_unknown_style_loss_is_refused(name):
    with pytest.raises(GraphError, match=r"there are .*gram, "):
        style_loss(name)
