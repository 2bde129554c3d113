"""Dask's log and warnings, which are kept from a person who paints on a cluster."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet_dask() -> Iterator[None]:
    """Keep the log and the warnings of this process to itself; errors are told in one line."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
