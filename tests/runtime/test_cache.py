"""The cache: what is found again, what is dropped, and what is not in use takes no memory."""

from itertools import count

import numpy as np
import onnx
import pytest
from onnx import TensorProto
from small_models import SUM_INPUTS, matrix_product, sums

from ortstyle.errors import DeviceError, ModelError
from ortstyle.runtime import arena
from ortstyle.runtime.cache import Cache
from ortstyle.runtime.device_lookup import find_device
from ortstyle.runtime.session import Session


@pytest.fixture
def cpu():
    pytest.importorskip("onnxruntime")
    return find_device("cpu")


@pytest.fixture
def cache():
    with Cache() as made:
        yield made


def is_closed(session):
    return "_session" not in vars(session)


# networks


def test_a_network_is_read_once(cache, tiny, monkeypatch):
    found = cache.network(tiny)
    assert cache.network(str(tiny)) is found
    monkeypatch.chdir(tiny.parent)
    assert cache.network(tiny.name) is found


def test_a_network_that_is_missing_is_named_as_it_was_given(cache, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError, match=r"^net\.onnx: no such model file"):
        cache.network("net.onnx")


def test_a_name_stands_for_another_file_in_another_folder(cache, tiny, tmp_path, monkeypatch):
    for folder, more in (("a", b""), ("b", b"\x1a\x00")):  # an empty field of the file format
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "net.onnx").write_bytes(tiny.read_bytes() + more)
    monkeypatch.chdir(tmp_path / "a")
    first = cache.network("net.onnx")
    monkeypatch.chdir(tmp_path / "b")
    assert cache.network("net.onnx").sha256 != first.sha256
    assert cache.network(tmp_path / "a" / "net.onnx") is first


def test_a_network_whose_file_has_changed_is_read_again(cache, tiny, tmp_path):
    path = tmp_path / "net.onnx"
    model = onnx.load(tiny)
    path.write_bytes(model.SerializeToString())
    first = cache.network(path)
    weight = model.graph.initializer[0]
    weight.raw_data = bytes(reversed(weight.raw_data))
    path.write_bytes(model.SerializeToString())
    second = cache.network(path)
    assert second.sha256 != first.sha256
    assert cache.network(path) is second
    path.unlink()
    with pytest.raises(ModelError, match="no such model file"):
        cache.network(path)


def test_a_network_with_weights_in_other_files_is_always_read(cache, tiny, tmp_path):
    model = onnx.load(tiny)
    weight = model.graph.initializer[0]
    (tmp_path / "w.bin").write_bytes(weight.raw_data)
    weight.ClearField("raw_data")
    weight.data_location = TensorProto.EXTERNAL
    weight.external_data.add(key="location", value="w.bin")
    path = tmp_path / "net.onnx"
    path.write_bytes(model.SerializeToString())
    found = cache.network(path)
    assert not found.is_one_file
    assert cache.network(path) is not found


def test_few_networks_stay_open(cache, tiny, tmp_path):
    first = cache.network(tiny)
    for name in ("a.onnx", "b.onnx"):
        (tmp_path / name).write_bytes(tiny.read_bytes())
        cache.network(tmp_path / name)
    assert cache.network(tiny) is not first


# sessions


def test_a_session_is_taken_once_until_it_is_put_back(cache, cpu):
    session = Session(sums(), cpu)
    expected = session.run(**SUM_INPUTS)
    cache.put_session("sums", session)
    assert "sums" in cache
    assert cache.take_session("sums") is session
    assert cache.take_session("sums") is None
    assert "sums" not in cache
    cache.put_session("sums", session)
    found = cache.take_session("sums").run(**SUM_INPUTS)
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array)


def test_a_second_session_of_a_key_is_closed(cache, cpu):
    sessions = [Session(sums(), cpu) for _ in range(2)]
    for session in sessions:
        cache.put_session("sums", session)
    assert [is_closed(session) for session in sessions] == [False, True]


def test_a_session_that_has_failed_empties_the_cache(cache, cpu):
    good, bad = Session(sums(), cpu), Session(sums(), cpu)
    with pytest.raises(DeviceError):
        bad.run(image=np.zeros((1, 5), np.float32), target=SUM_INPUTS["target"])
    cache.put_session("good", good)
    cache.put_session("bad", bad)
    assert cache.bytes == 0
    assert is_closed(good)
    assert is_closed(bad)


def test_a_session_that_is_not_in_use_holds_its_constants_alone(cache, cpu, monkeypatch):
    released = []
    monkeypatch.setattr(arena, "release_arena", lambda: released.append(1))
    session = Session(sums(), cpu)
    session.bind_constants({"target": SUM_INPUTS["target"]})
    session.bind("image", SUM_INPUTS["image"])
    session.run()
    cache.put_session("sums", session)
    assert released
    assert session._held_values.keys() == {"target"}
    with pytest.raises(DeviceError):  # nothing is left of the last run's picture
        session.run()


def test_the_bytes_of_sessions_count_and_shared_constants_count_once(cache, cpu):
    shared = SUM_INPUTS["target"].copy()
    alone = []
    for key in ("first", "second"):
        session = Session(sums(), cpu)
        session.bind_constants({"target": shared})
        before = cache.bytes
        cache.put_session(key, session)
        alone.append(cache.bytes - before)
    assert alone[0] - alone[1] == shared.nbytes
    large, matrix = matrix_product(1024)
    cache.put_session("large", Session(large, cpu))
    assert cache.bytes > sum(alone) + 2 * matrix.nbytes


def test_kernels_live_as_long_as_a_session_holds_them(cache, cpu):
    kernel = np.ones((1, 2), np.float32)
    session = Session(sums(), cpu)
    session.bind_constants({"target": kernel})
    cache.kernels("hash")["target"] = kernel
    cache.put_session("sums", session)
    del kernel, session
    assert dict(cache.kernels("hash")).keys() == {"target"}
    assert not dict(cache.kernels("another"))
    cache.make_room(0)
    assert not dict(cache.kernels("hash"))


# the bound


def arrays(size):
    return {"array": np.zeros(size, np.uint8)}


def test_what_was_used_longest_ago_goes_first(cache):
    cache.make_room(300)
    for key in "abc":
        cache.put_arrays(key, arrays(100))
    assert cache.get_arrays("a") is not None  # used just now
    cache.put_arrays("d", arrays(100))
    assert [key in cache for key in "abcd"] == [True, False, True, True]
    assert cache.bytes == 300
    cache.make_room(150)
    assert [key in cache for key in "abcd"] == [False, False, False, True]


def test_the_cache_never_holds_more_than_there_is_room_for():
    cache, rng, keys = Cache(limit=1000), np.random.default_rng(0), count()
    for room in (None, 700, 2000, 0, 300):
        cache.make_room(room)
        bound = min(1000, 1000 if room is None else room)
        assert cache.bytes <= bound
        for _ in range(20):
            cache.put_arrays(next(keys), arrays(int(rng.integers(0, 400))))
            assert cache.bytes <= bound


def test_sessions_on_devices_are_of_one_size(cache, cpu):
    made = {name: Session(sums(), cpu) for name in ("loss", "style", "larger", "processor")}
    cache.put_session("processor", made["processor"])
    for name in ("loss", "style"):
        cache.put_session(name, made[name], size=(4, 6))
    cache.close_other_sizes((4, 6))
    assert [is_closed(session) for session in made.values()] == [False] * 4
    cache.put_session("larger", made["larger"], size=(8, 12))
    assert [is_closed(session) for session in made.values()] == [True, True, False, False]
    assert cache.take_session("loss") is None
    cache.close_other_sizes(None)
    assert is_closed(made["larger"])
    assert cache.take_session("processor") is made["processor"]


def test_sessions_on_devices_are_held_only_where_it_is_wanted():
    assert not Cache().devices
    assert Cache(devices=True).devices


def test_sessions_on_devices_may_be_held_for_a_while(cache, cpu):
    processor, other = Session(sums(), cpu), Session(sums(), cpu)
    cache.put_session("processor", processor)
    with cache.holding_devices():
        assert cache.devices
        cache.put_session("device", other, size=(64, 48))
    assert not cache.devices
    assert is_closed(other)
    assert not is_closed(processor)
    with Cache(devices=True) as film, film.holding_devices():
        film.put_session("device", Session(sums(), cpu), size=(64, 48))


def test_sessions_that_are_dropped_are_closed(cpu):
    cache = Cache(limit=1)
    session = Session(sums(), cpu)
    cache.put_session("sums", session)
    assert is_closed(session)
    assert cache.bytes == 0


def test_a_session_in_use_is_not_dropped(cache, cpu):
    session = Session(sums(), cpu)
    cache.put_session("sums", session)
    assert cache.take_session("sums") is session
    cache.make_room(0)
    cache.clear()
    np.testing.assert_array_equal(session.run(**SUM_INPUTS)["sum"], [[4, 4]])


def test_arrays_can_t_be_changed_by_who_uses_them(cache):
    cache.put_arrays("a", arrays(3))
    with pytest.raises(ValueError, match="read-only"):
        cache.get_arrays("a")["array"][0] = 1


def test_a_cache_that_was_cleared_can_be_used_again(cache, cpu, tiny):
    session, network = Session(sums(), cpu), cache.network(tiny)
    cache.put_session("sums", session)
    cache.put_arrays("a", arrays(3))
    cache.clear()
    assert is_closed(session)
    assert cache.bytes == 0
    assert cache.network(tiny) is not network
    cache.put_arrays("a", arrays(3))
    assert "a" in cache


def test_the_kinds_of_entries_are_told_apart(cache, cpu):
    cache.put_arrays("arrays", arrays(1))
    cache.put_session("session", Session(sums(), cpu))
    assert cache.take_session("arrays") is None
    assert cache.get_arrays("session") is None
    assert cache.get_arrays("nothing") is None
