"""The browser page with its engine, on a small network: painted, lost, recovered, stopped."""

import numpy as np
import pytest
from chromium import drive, serve_files
from engine_sites import (
    ISOLATED,
    POLICY,
    SMALL,
    painting,
    photograph,
    small_network,
    write_engine_site,
)
from web_pages import page_folders

from ortstyle.settings.presets import from_preset

pytestmark = pytest.mark.javascript


@pytest.fixture(scope="module")
def driven(tmp_path_factory):
    folder, pictures = (tmp_path_factory.mktemp(name) for name in ("site", "pictures"))
    settings = SMALL | {"size": 64, "model": small_network(pictures)}
    write_engine_site(folder, settings=from_preset(overrides=settings))
    given = pictures / "tall.png", pictures / "painting.png"
    photograph(60, 150).save(given[0])
    painting(96, 64).save(given[1])
    folders = {"/": folder} | page_folders(tmp_path_factory.mktemp("own"))
    policy = POLICY.replace("img-src", "style-src 'self'; img-src blob:")
    with serve_files(folders, policy=policy, headers=ISOLATED) as address:
        return drive("web-page-painting.mjs", address, tmp_path_factory.mktemp("on"), *given)


def test_the_page_tells_no_error_but_of_the_worker_that_is_killed(driven):
    assert all("the worker is killed" in fault for fault in driven[1])


def test_the_plan_is_told_before(driven):
    size, time, memory = driven[0]["plan"].split("\n")
    assert size == "25 × 64"
    assert time.startswith("about ")
    assert memory.endswith(" of memory")


def test_painting_goes_on_after_its_worker_was_killed(driven):
    found = driven[0]
    assert any(phase.startswith("The device was lost") for phase in found["phases"])
    assert found["phases"][-1].startswith(("Stopped.", "Painted in"))
    assert found["losses"][-1][0] >= found["before"]


def test_the_loss_goes_down_and_not_up_again(driven):
    losses = np.array([loss for _, loss in driven[0]["losses"]])
    assert losses[-1] < losses[0]


def test_the_picture_has_the_shape_of_the_photograph(driven):
    assert driven[0]["size"] == [25, 64]
