"""A site: the page, the graphs, the network and ONNX Runtime for browsers, as static files.

The same versions of all that goes in give the same bytes.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from ortstyle.errors import SettingsError
from ortstyle.graph.network import Network
from ortstyle.packaged import packaged_path
from ortstyle.runtime.device_lookup import find_device
from ortstyle.settings.settings import Settings
from ortstyle.web.canvases import SIZES
from ortstyle.web.graphs import Pack, packs
from ortstyle.web.packing import compress, compress_json
from ortstyle.web.page_files import page_files
from ortstyle.web.recorded import Recorded
from ortstyle.web.runtime import VERSION, read_runtime, site_path
from ortstyle.web.site_folder import check_folder, write_folder
from ortstyle.web.site_record import assemble_site, describe_files
from ortstyle.web.weights import SharedWeights

_NETWORK = "vgg19.gz"

#: What is being done.
Step = Literal["download", "graphs", "files"]


@dataclass(frozen=True, kw_only=True)
class Site:
    """A site that was written.

    Attributes
    ----------
    folder
        Where it is.
    version
        A hash of all of it.
    files
        Bytes of each file, by its name with slashes.
    """

    folder: Path
    version: str
    files: Mapping[str, int] = field(repr=False)

    @property
    def bytes(self) -> int:
        """What a visitor's browser fetches in all, from a host that compresses nothing."""
        return sum(self.files.values())


def write_site(
    folder: Path,
    *,
    sizes: Sequence[int] = SIZES,
    runtime: Path | None = None,
    settings: Settings | None = None,
    tell: Callable[[Step], object] = lambda _: None,
) -> Site:
    """Write a site to a folder that is new or empty, or has an earlier one.

    Parameters
    ----------
    folder
        Where to write it; see `site_folder.write_folder`.
    sizes
        Longest sides of results that the page offers, in pixels; some of `canvases.SIZES`.
    runtime
        Where ONNX Runtime for browsers is; see `runtime.read_runtime`. None for npm.
    settings
        The losses, layers, pooling and scales, and what the page begins with; the default preset's
        by default.
    tell
        Called as each step begins: npm downloads ONNX Runtime, if asked to; the graphs are built;
        the files are written.

    Raises
    ------
    SettingsError
        There is no size, or one that the page can't offer.
    SiteError
        The folder holds other files or can't be written, or ONNX Runtime for browsers can't be had.
    ModelError, GraphError
        The network can't be read, or the graphs can't be built.
    DeviceError
        ONNX Runtime, which computes what the page compares its device with, is not installed.
    """
    sizes = _checked_sizes(sizes)
    check_folder(folder)
    find_device("cpu")
    settings = settings or Settings()
    page = page_files()
    if runtime is None:
        tell("download")
    library = _runtime_files(read_runtime(runtime))
    tell("graphs")
    network = Network.open(settings.model or packaged_path("models", "vgg19.onnx"))
    weights = SharedWeights.of(network, settings)
    made = list(packs(sizes, settings=settings, network=network))
    numbers = Recorded.compute(network, settings).to_json()
    parts = {
        _NETWORK: compress(weights.file),
        "recorded.json.gz": compress_json(numbers),
        **{pack.path: pack.data for pack in made},
        **library,
    }
    described = {
        "runtime": {"version": VERSION, "files": describe_files(library)},
        "network": _describe_network(weights, parts[_NETWORK]),
        "kinds": _describe_kinds(made),
        "settings": replace(settings, model=None).to_dict(),  # a path on this machine
        "sizes": sizes,
    }
    files, record = assemble_site(page | parts, described)
    tell("files")
    write_folder(folder, files, record)
    return Site(
        folder=folder,
        version=record["version"],
        files={name: len(data) for name, data in files.items()},
    )


def _checked_sizes(sizes: Sequence[int]) -> list[int]:
    if not sizes:
        raise SettingsError("sizes: name one at least")
    for size in sizes:
        if size not in SIZES:
            offered = ", ".join(map(str, SIZES))
            raise SettingsError(f"sizes: the page can't offer {size}; choose among {offered}")
    return sorted(set(sizes))


def _runtime_files(library: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the runtime's files as the site has them: the modules as they are, others gzipped."""
    files = {}
    for name, data in library.items():
        path = site_path(name)
        files[path] = compress(data) if path.endswith(".gz") else data
    return files


def _describe_network(weights: SharedWeights, file: bytes) -> dict[str, Any]:
    return {
        "file": _NETWORK,
        **describe_files({_NETWORK: file})[_NETWORK],
        "tensors": weights.to_json(),
        "external_bytes": weights.external_bytes,
    }


def _describe_kinds(made: Iterable[Pack]) -> dict[str, Any]:
    """Return for each kind of graph and side of pictures the file, and the canvases (H, W) in it.

    `bytes` is by canvas the memory that an evaluation takes, where the kind has one.
    """
    kinds: dict[str, Any] = {}
    for pack in made:
        side: dict[str, Any] = {"file": pack.path, "canvases": [list(c) for c in pack.canvases]}
        if pack.evaluation_bytes:
            taken = pack.evaluation_bytes.items()
            side["bytes"] = {f"{height}x{width}": n for (height, width), n in taken}
        kinds.setdefault(pack.kind, {"sides": {}})["sides"][str(pack.side)] = side
    return kinds
