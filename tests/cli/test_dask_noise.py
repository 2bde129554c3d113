"""Dask's log and warnings are kept from the terminal for as long as a cluster is used."""

import logging
import warnings

import pytest

from ortstyle.cli.dask_noise import quiet_dask


def test_nothing_is_logged_and_nothing_warned_of(caplog):
    log = logging.getLogger("distributed.client")
    with quiet_dask():
        log.error("lost")
        warnings.warn("versions differ", stacklevel=1)
    assert caplog.records == []
    log.error("lost")
    assert len(caplog.records) == 1
    with pytest.warns(UserWarning, match="versions differ"):
        warnings.warn("versions differ", stacklevel=1)


def test_what_was_switched_off_before_stays_off():
    before = logging.root.manager.disable
    logging.disable(logging.INFO)
    try:
        with quiet_dask():
            assert logging.root.manager.disable == logging.CRITICAL
        assert logging.root.manager.disable == logging.INFO
    finally:
        logging.disable(before)
