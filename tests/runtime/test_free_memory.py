"""The free memory that the system and its limits leave, read from files that tests write."""

import sys

import pytest

from ortstyle.runtime import free_memory as module
from ortstyle.runtime.free_memory import free_memory, linux_free_memory


def write(root, **files):
    """Write files under a folder, by path."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="ascii")


@pytest.fixture
def root(tmp_path):
    """A machine with 8 GB available."""
    write(tmp_path, **{"proc/meminfo": "MemTotal: 16000000 kB\nMemAvailable:  8000000 kB\n"})
    return tmp_path


def version_2(root, group, limit, current, inactive):
    folder = f"sys/fs/cgroup/{group}".rstrip("/")
    write(
        root,
        **{
            f"{folder}/memory.max": f"{limit}\n",
            f"{folder}/memory.current": f"{current}\n",
            f"{folder}/memory.stat": f"anon 1\ninactive_file {inactive}\nactive_file 7\n",
        },
    )


def test_what_the_system_has(root):
    assert linux_free_memory(root) == 8_000_000 * 1024


def test_a_control_group_leaves_less(root):
    write(root, **{"proc/self/cgroup": "0::/a/b\n"})
    version_2(root, "a/b", 3000, 2500, 400)
    assert linux_free_memory(root) == 900
    version_2(root, "a", 1000, 950, 20)  # the group around it
    assert linux_free_memory(root) == 70
    version_2(root, "a", "max", 950, 20)
    assert linux_free_memory(root) == 900


def test_a_container_whose_path_is_that_outside(root):
    write(root, **{"proc/self/cgroup": "0::/docker/123\n"})
    version_2(root, "", 5000, 1000, 0)
    assert linux_free_memory(root) == 4000


def test_a_control_group_of_version_1(root):
    write(root, **{"proc/self/cgroup": "9:cpu,cpuacct:/x\n4:memory:/x/y\n0::/\n"})
    folder = "sys/fs/cgroup/memory/x/y"
    write(
        root,
        **{
            f"{folder}/memory.limit_in_bytes": "3000",
            f"{folder}/memory.usage_in_bytes": "2500",
            f"{folder}/memory.stat": "inactive_file 1\ntotal_inactive_file 500\n",
        },
    )
    assert linux_free_memory(root) == 1000


def test_files_that_say_nothing_are_passed_over(root):
    write(root, **{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "nonsense"})
    assert linux_free_memory(root) == 8_000_000 * 1024


def test_no_files_no_answer(tmp_path):
    assert linux_free_memory(tmp_path) is None


@pytest.mark.skipif(sys.platform != "linux", reason="the limits are Linux's")
def test_the_process_has_limits_of_its_own(root, monkeypatch):
    import resource

    write(root, **{"proc/self/statm": "1000 5 4 3 0 600 0\n"})
    page = resource.getpagesize()
    limits = {resource.RLIMIT_AS: 1500 * page, resource.RLIMIT_DATA: resource.RLIM_INFINITY}
    monkeypatch.setattr(resource, "getrlimit", lambda what: (limits[what], limits[what]))
    assert linux_free_memory(root) == 500 * page
    limits[resource.RLIMIT_DATA] = 700 * page
    assert linux_free_memory(root) == 100 * page


def test_this_machine_has_some():
    assert 1e6 < free_memory() < 1e14


def test_a_group_over_its_limit_leaves_nothing(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(module, "linux_free_memory", lambda: -5)
    assert free_memory() == 0


def test_a_system_that_says_nothing(monkeypatch):
    monkeypatch.setattr(sys, "platform", "sunos")
    assert free_memory() > 1e8
