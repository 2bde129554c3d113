"""What to type to install ONNX Runtime: it names packages that exist, whatever is installed."""

import re
import shlex
import subprocess
import sys
import tomllib
from importlib.metadata import Distribution, PackageNotFoundError, packages_distributions
from pathlib import Path

import pytest

from ortstyle.runtime import installation
from ortstyle.runtime.availability import how_to_install
from ortstyle.runtime.devices import DEVICES
from ortstyle.runtime.installation import (
    clash_notice,
    install_commands,
    onnxruntime_packages,
    reinstall_commands,
    requirements,
)

DECLARED = [
    "numpy>=1.26",
    "onnxruntime>=1.20; extra == 'cpu'",
    'onnxruntime-gpu[cuda,cudnn]>=1.27.1; extra == "cuda"',
    "onnxruntime-directml>=1.20; (sys_platform == 'win32') and extra == 'directml'",
    "onnxruntime-ep-webgpu>=0.4; extra == 'webgpu'",
    "onnxruntime>=1.24.4; extra == 'webgpu'",
    "plain ; extra == 'plain'",
]


class Package(Distribution):
    """An installed package that brings the module `onnxruntime`, or the files of ``lists``."""

    def __init__(self, name, **lists):
        self._texts = {"METADATA": f"Name: {name}\n"}
        self._texts |= lists or {"RECORD": "a.py,,\nonnxruntime/__init__.py,sha256=x,1\n"}

    def read_text(self, filename):
        return self._texts.get(filename)

    def locate_file(self, path):
        raise NotImplementedError


@pytest.fixture(autouse=True)
def fresh():
    requirements.cache_clear()
    yield
    requirements.cache_clear()


@pytest.fixture
def known(monkeypatch):
    """Let the metadata declare known extras; return a function that says what is installed."""
    monkeypatch.setattr(installation, "requires", lambda _: DECLARED)

    def install(*packages):
        found = [Package(name) for name in packages]
        monkeypatch.setattr(installation, "distributions", lambda: found)

        def version(name):
            if name not in packages:
                raise PackageNotFoundError(name)

        monkeypatch.setattr(installation, "version", version)

    install()
    return install


def test_the_commands_name_the_packages_of_the_extra(known):
    assert install_commands("cpu") == ['pip install "onnxruntime>=1.20"']
    assert install_commands("cuda") == ['pip install "onnxruntime-gpu[cuda,cudnn]>=1.27.1"']
    assert install_commands("directml") == ['pip install "onnxruntime-directml>=1.20"']
    assert install_commands("webgpu") == [
        'pip install "onnxruntime-ep-webgpu>=0.4" "onnxruntime>=1.24.4"'
    ]
    assert install_commands("plain") == ["pip install plain"]


def test_another_flavour_is_removed_first(known):
    known("onnxruntime")
    assert len(install_commands("cpu")) == len(install_commands("webgpu")) == 1
    assert install_commands("cuda") == [
        "pip uninstall -y onnxruntime",
        'pip install "onnxruntime-gpu[cuda,cudnn]>=1.27.1"',
    ]
    known("onnxruntime-gpu")
    assert install_commands("webgpu")[0] == "pip uninstall -y onnxruntime-gpu"


def test_flavours_that_overwrote_each_other_are_all_removed(known):
    known("onnxruntime-gpu", "onnxruntime")
    for extra in ("cpu", "cuda"):
        assert install_commands(extra)[0] == "pip uninstall -y onnxruntime onnxruntime-gpu"


def test_a_broken_installation_is_removed_if_it_is_known(known):
    assert reinstall_commands("cpu") == ['pip install "onnxruntime>=1.20"']
    known("onnxruntime")
    assert reinstall_commands("cpu") == [
        "pip uninstall -y onnxruntime",
        'pip install "onnxruntime>=1.20"',
    ]


def test_a_clash_is_noticed(known):
    assert clash_notice() == ""
    known("onnxruntime", "onnxruntime-ep-webgpu")
    assert clash_notice() == ""
    known("onnxruntime", "onnxruntime-gpu")
    assert clash_notice().startswith("onnxruntime and onnxruntime-gpu overwrite each other's files")


def test_the_packages_that_bring_onnx_runtime_are_listed_once(known):
    known("onnxruntime-gpu", "onnxruntime", "onnxruntime")
    assert onnxruntime_packages() == ["onnxruntime", "onnxruntime-gpu"]


def test_packages_that_bring_it_are_known_by_their_files(monkeypatch):
    files = "onnxruntime/__init__.py,sha256=x,1\n"
    packages = [
        Package("a", RECORD=f"b/{files}"),
        Package("b", RECORD="onnxruntime_extensions/__init__.py,,\nonnxruntime/capi/more.py,,\n"),
        Package("c", RECORD=f"c-1.dist-info/METADATA,,\n{files}"),
        Package("d", **{"installed-files.txt": "../onnxruntime/__init__.py\nPKG-INFO\n"}),
        Package("e", METADATA="Name: e\n"),
        Package("f", **{"top_level.txt": "onnxruntime\n"}),  # such as those of Debian
        Package("g", **{"top_level.txt": "onnxruntime_extensions\n", "RECORD": "g.py,,\n"}),
    ]
    monkeypatch.setattr(installation, "distributions", lambda: packages)
    assert onnxruntime_packages() == ["c", "d", "f"]


def test_they_are_those_that_python_itself_finds():
    assert onnxruntime_packages() == sorted(set(packages_distributions().get("onnxruntime", [])))


def test_in_a_checkout_the_extras_are_read_from_where_they_are_declared(monkeypatch):
    def missing(_):
        raise PackageNotFoundError

    monkeypatch.setattr(installation, "requires", missing)
    project = Path(installation.__file__).parents[2] / "pyproject.toml"
    if not project.exists():
        pytest.skip("ortstyle does not run from its checkout")
    declared = tomllib.loads(project.read_text("utf-8"))["project"]["optional-dependencies"]
    assert requirements()["cuda"] == declared["cuda"]
    assert requirements().keys() == declared.keys()
    monkeypatch.setattr(installation, "__file__", str(Path("a", "b", "c", "d.py").absolute()))
    requirements.cache_clear()
    assert install_commands("cpu") == ["install the packages of ortstyle's extra cpu"]


def test_every_device_has_advice_that_names_no_package_which_is_in_no_index():
    for device in DEVICES:
        assert bool(device.extra) != bool(device.advice)
        assert not device.extra or device.extra in requirements()
        assert not re.search(r"install\b.*\bortstyle\b", how_to_install(device))


@pytest.mark.slow
@pytest.mark.parametrize("extra", sorted({d.extra for d in DEVICES if d.extra} | {"cuda12"}))
def test_the_index_has_what_the_commands_name(extra, tmp_path, monkeypatch):
    """Pip resolves the command for a platform that the extra is for, and installs nothing."""
    monkeypatch.setattr(installation, "onnxruntime_packages", list)
    (command,) = install_commands(extra)
    pip, install, *packages = shlex.split(command)
    assert (pip, install) == ("pip", "install")
    platform = "win_amd64" if extra == "directml" else "manylinux_2_28_x86_64"
    target = ["--target", str(tmp_path / "nowhere"), "--python-version", "3.12"]
    found = subprocess.run(
        [
            *[sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed"],
            *["--no-deps", "--only-binary=:all:", "--platform", platform, *target, *packages],
        ],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if "No module named pip" in found.stderr or "Failed to establish" in found.stderr:
        pytest.skip("there is no pip, or no network")
    assert found.returncode == 0, found.stderr
    assert "does not provide the extra" not in found.stderr
    named = {re.match(r"[a-z-]+", package)[0] for package in packages}
    last = found.stdout.splitlines()[-1].removeprefix("Would install ")
    assert {package.rpartition("-")[0] for package in last.split()} == named
