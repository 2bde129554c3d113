"""Who gets in: hosts, token, codes, cookie and password."""

from threading import Thread

import pytest

from ortstyle.errors import StudioError
from ortstyle.studio.guard.access import Access, TooManyTries, make_code, new_token

TOKEN = "a-token-of-this-launch-that-nobody-knows"  # noqa: S105
HOSTS = ("127.0.0.1:8765", "localhost:8765", "[::1]:8765")
PASSWORD = "correct horse"  # noqa: S105


class Clock:
    def __init__(self):
        self.now = 1_800_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def access(clock):
    return Access(TOKEN, HOSTS, clock=clock)


@pytest.fixture
def guarded(clock):
    return Access(TOKEN, HOSTS, PASSWORD, clock=clock)


@pytest.mark.parametrize("host", [*HOSTS, "LocalHost:8765"])
def test_the_studio_has_its_own_names(access, host):
    assert access.allows_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "evil.example:8765",
        "127.0.0.1",
        "127.0.0.1:80",
        "127.0.0.1:8765:8765",
        "127.0.0.1:8765@evil.example",
        "localhost:8765.evil.example",
        "localhost.:8765",
        "0.0.0.0:8765",
        "192.168.1.5:8765",
    ],
)
def test_no_other_name_is_its_own(access, host):
    assert not access.allows_host(host, "127.0.0.1")


def test_with_a_password_the_address_that_was_reached_is_a_name_of_it(guarded, access):
    assert guarded.allows_host("192.168.1.5:8765", "192.168.1.5")
    assert guarded.allows_host("[FE80::5]:8765", "fe80::5")
    assert not guarded.allows_host("192.168.1.5:80", "192.168.1.5")
    assert not guarded.allows_host("192.168.1.6:8765", "192.168.1.5")
    assert not guarded.allows_host("evil.example:8765", "192.168.1.5")
    assert not guarded.allows_host("evil.example:8765", "evil.example")
    assert not access.allows_host("192.168.1.5:8765", "192.168.1.5")


def test_the_token_leads_in_as_often_as_it_is_used(access):
    assert access.exchanges(TOKEN)
    assert access.exchanges(TOKEN)
    for wrong in ("", TOKEN[:-1], TOKEN + "x", TOKEN.upper(), "é", "\ud800"):
        assert not access.exchanges(wrong)


def test_a_code_leads_in_once(access, clock):
    code, other = access.new_code(), access.new_code()
    assert TOKEN not in code
    assert code != other
    assert access.exchanges(code)
    assert not access.exchanges(code)
    assert access.exchanges(other)


def test_a_code_leads_in_for_minutes(access, clock):
    code, late = access.new_code(), access.new_code()
    clock.now += 170
    assert access.exchanges(code)
    clock.now += 20
    assert not access.exchanges(late)
    clock.now -= 20
    assert not access.exchanges(code)  # a clock that was put back opens nothing again


def test_whoever_has_the_token_can_make_codes(access, clock):
    assert access.exchanges(make_code(TOKEN, clock.now))
    assert not access.exchanges(make_code("another", clock.now))


@pytest.mark.parametrize("text", ["1.2.3", "..", "é.é.é", "9" * 400 + ".a.b", "inf.a.b", "-1.a.b"])
def test_what_is_no_code_leads_nowhere(access, text):
    assert not access.exchanges(text)


def test_a_changed_code_leads_nowhere(access):
    made, chance, mark = access.new_code().split(".")
    for wrong in (
        f"{int(made) + 1}.{chance}.{mark}",
        f"{made}.{chance}x.{mark}",
        f"{made}.{chance}",
    ):
        assert not access.exchanges(wrong)


def test_the_cookie_lets_in_and_is_not_the_token(access):
    first, *attributes = access.cookie().split("; ")
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(attributes)
    assert first.startswith("ortstyle-8765=")
    assert TOKEN not in first
    assert access.is_signed_in([first])
    assert access.is_signed_in([f"a=b;{first}; c=d"])
    assert access.is_signed_in(["a=b", first])


def test_a_cookie_of_the_same_name_from_another_port_shuts_nobody_out(access):
    own = access.cookie().partition(";")[0]
    assert access.is_signed_in([f"ortstyle-8765=planted; {own}"])


def test_the_cookie_of_another_port_or_launch_lets_nobody_in(access):
    value = access.cookie().partition(";")[0].partition("=")[2]
    other = Access(TOKEN, HOSTS).cookie().partition(";")[0]
    for wrong in (f"ortstyle-8766={value}", other, f"ortstyle-8765={TOKEN}", "ortstyle-8765=", ""):
        assert not access.is_signed_in([wrong])


def test_a_script_may_send_the_token(access):
    assert access.is_signed_in([], f"Bearer {TOKEN}")
    assert access.is_signed_in([], f"bearer  {TOKEN} ")
    for wrong in ("", "Bearer", "Bearer x", f"Basic {TOKEN}", TOKEN):
        assert not access.is_signed_in([], wrong)


def test_tokens_differ_and_fit_into_an_address():
    assert len({new_token() for _ in range(50)}) == 50
    assert new_token().replace("-", "").replace("_", "").isalnum()


# the password


@pytest.mark.parametrize("password", ["", "1234567", "x" * 1025])
def test_a_password_has_a_length(password):
    with pytest.raises(StudioError, match="8 to 1024 characters"):
        Access(TOKEN, HOSTS, password)


def test_only_the_right_password_opens(guarded):
    assert guarded.check_password(PASSWORD, "1.2.3.4")
    for wrong in ("", "correct hors", PASSWORD.upper(), "\ud800", "x" * 2000):
        assert not guarded.check_password(wrong, wrong[:20])


def test_without_a_password_none_opens(access):
    assert not access.has_password
    assert not access.check_password("", "1.2.3.4")


def test_after_wrong_ones_the_next_has_to_wait_longer_and_longer(guarded, clock):
    def fail():
        assert not guarded.check_password("wrong", "1.2.3.4")

    for _ in range(3):
        fail()
    waits = []
    for _ in range(8):
        with pytest.raises(TooManyTries, match="try again in") as caught:
            guarded.check_password(PASSWORD, "1.2.3.4")
        waits.append(caught.value.seconds)
        clock.now += caught.value.seconds
        fail()
    assert waits == [2, 3, 5, 9, 17, 33, 61, 61]


def test_the_right_one_makes_the_wrong_ones_forgotten(guarded, clock):
    for _ in range(3):
        guarded.check_password("wrong", "1.2.3.4")
    clock.now += 10
    assert guarded.check_password(PASSWORD, "1.2.3.4")
    assert not guarded.check_password("wrong", "1.2.3.4")
    assert guarded.check_password(PASSWORD, "1.2.3.4")


def test_somebody_else_s_wrong_ones_shut_nobody_out(guarded):
    for _ in range(3):
        guarded.check_password("wrong", "1.2.3.4")
    assert guarded.check_password(PASSWORD, "1.2.3.5")


def test_all_addresses_of_a_network_of_ipv6_are_one_client(guarded):
    for k in range(3):
        guarded.check_password("wrong", f"2001:db8::{k}")
    with pytest.raises(TooManyTries):
        guarded.check_password(PASSWORD, "2001:db8::ffff")
    assert guarded.check_password(PASSWORD, "2001:db8:0:1::1")


def test_a_clock_that_is_put_back_shuts_nobody_out(guarded, clock):
    for _ in range(3):
        guarded.check_password("wrong", "1.2.3.4")
    clock.now -= 10_000
    assert guarded.check_password(PASSWORD, "1.2.3.4")


def test_only_so_many_clients_are_remembered(guarded, monkeypatch):
    monkeypatch.setattr("ortstyle.studio.guard.access._hashed", lambda *_: b"another")
    for k in range(1100):
        guarded.check_password("wrong", f"client {k}")
    assert len(guarded._tries) == 1000


def test_tries_at_the_same_time_count(guarded):
    results = []

    def attempt():
        try:
            results.append(guarded.check_password("wrong", "1.2.3.4"))
        except TooManyTries:
            results.append("told to wait")

    threads = [Thread(target=attempt) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, results)) == ["False"] * 3 + ["told to wait"] * 5
