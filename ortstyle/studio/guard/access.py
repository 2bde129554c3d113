"""Who may use the studio: addresses that reach it, its token, its cookie and its password."""

import hmac
import ipaddress
import secrets
import time
from base64 import urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Callable, Sequence
from hashlib import scrypt, sha256
from threading import Lock

from ortstyle.errors import StudioError

#: A shorter password could be guessed.
LEAST_PASSWORD = 8
_LONGEST_PASSWORD = 1024
#: Seconds in which an address that was opened leads in; a browser may have to be started first.
_CODE_SECONDS = 180.0
_MOST_CLIENTS = 1000
_FREE_TRIES = 3
_LONGEST_WAIT = 60.0


class TooManyTries(StudioError):  # noqa: N818  a state, which passes
    """A wrong password was given too often; another one may be tried after `seconds`."""

    def __init__(self, seconds: int) -> None:
        unit = "second" if seconds == 1 else "seconds"
        super().__init__(f"The password was wrong several times; try again in {seconds} {unit}.")
        self.seconds = seconds


class Access:
    """Decides which requests belong to the studio's user.

    A browser gets in by an address that holds the token or a code, or by the password, and receives
    a cookie. Whoever may read this user's files, such as a script, may send the token itself.

    Parameters
    ----------
    token
        The secret of this launch.
    hosts
        The names and addresses by which the studio may be reached, each with its port, such as
        "127.0.0.1:8765"; the port of the first one is the studio's own.
    password
        What opens the studio besides; None if only the token does.
    clock
        Returns seconds since 1970.

    Raises
    ------
    StudioError
        The password is too short or too long.
    """

    def __init__(
        self,
        token: str,
        hosts: Sequence[str],
        password: str | None = None,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._token, self._clock = token, clock
        self._hosts = frozenset(host.casefold() for host in hosts)
        self._port = hosts[0].rpartition(":")[2]
        #: Browsers send cookies to all ports of a machine, so the name tells whose this one is.
        self.cookie_name = f"ortstyle-{self._port}"
        self._cookie = secrets.token_urlsafe(32)
        self._salt, self._hash = secrets.token_bytes(16), b""
        if password is not None:
            if not LEAST_PASSWORD <= len(password) <= _LONGEST_PASSWORD:
                raise StudioError(
                    f"the password must have {LEAST_PASSWORD} to {_LONGEST_PASSWORD} characters"
                )
            self._hash = _hashed(password, self._salt)
        self._hashing = Lock()
        self._codes_used: dict[str, float] = {}
        self._tries: OrderedDict[str, tuple[int, float]] = OrderedDict()

    @property
    def has_password(self) -> bool:
        """Whether a password opens the studio."""
        return bool(self._hash)

    def allows_host(self, host: str, own_address: str = "") -> bool:
        """Return whether a request's Host names the studio, so that no other site stands behind it.

        Parameters
        ----------
        host
            The header.
        own_address
            The address of this machine that the request came to. It is allowed where there is a
            password; a number, unlike a name, can't be made to lead here by somebody else.
        """
        host = host.casefold()
        if host in self._hosts:
            return True
        name, _, port = host.rpartition(":")
        if not self.has_password or port != self._port:
            return False
        try:
            named = ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
            return named == ipaddress.ip_address(own_address)
        except ValueError:
            return False

    def new_code(self) -> str:
        """Return a code that leads in once, within minutes, in place of the token."""
        return make_code(self._token, self._clock())

    def exchanges(self, secret: str) -> bool:
        """Return whether an address with this secret, the token or a code, leads in."""
        if _same(secret, self._token):
            return True
        made, now = _time_of(secret), self._clock()
        if not abs(now - made) <= _CODE_SECONDS or not _same(
            secret, make_code(self._token, made, secret)
        ):
            return False
        self._codes_used = {
            code: used
            for code, used in self._codes_used.items()
            if abs(now - used) <= _CODE_SECONDS * 2
        }
        if secret in self._codes_used:
            return False
        self._codes_used[secret] = now
        return True

    def is_signed_in(self, cookies: Sequence[str], authorization: str = "") -> bool:
        """Return whether the headers Cookie and Authorization of a request are the user's."""
        scheme, _, given = authorization.partition(" ")
        if scheme.casefold() == "bearer" and _same(given.strip(), self._token):
            return True
        # A page on another port can add a cookie of this name, which must not shut the user out.
        pairs = (pair.strip().partition("=") for line in cookies for pair in line.split(";"))
        return any(
            name == self.cookie_name and _same(value, self._cookie) for name, _, value in pairs
        )

    def cookie(self) -> str:
        """Return the header Set-Cookie that lets a browser in."""
        return f"{self.cookie_name}={self._cookie}; HttpOnly; SameSite=Strict; Path=/"

    def check_password(self, password: str, client: str) -> bool:
        """Return whether a password is right; this takes a noticeable time.

        Parameters
        ----------
        password
            What was given.
        client
            The address from which it came.

        Raises
        ------
        TooManyTries
            Wrong ones came from there before, and the time to wait is not over.
        """
        client = _network(client)
        with self._hashing:  # each takes memory, and tries at the same time count one after another
            failures, last = self._tries.get(client, (0, 0.0))
            wait = (
                min(2.0 ** (failures - _FREE_TRIES), _LONGEST_WAIT)
                if failures >= _FREE_TRIES
                else 0
            )
            left = last + wait - self._clock()
            if 0 < left <= wait:
                raise TooManyTries(int(left) + 1)
            is_right = (
                self.has_password
                and len(password) <= _LONGEST_PASSWORD
                and hmac.compare_digest(_hashed(password, self._salt), self._hash)
            )
            self._tries.pop(client, None)
            if not is_right:
                self._tries[client] = (min(failures + 1, 100), self._clock())
                while len(self._tries) > _MOST_CLIENTS:
                    self._tries.popitem(last=False)
        return is_right


def new_token() -> str:
    """Return a secret that nobody can guess, of letters, digits, - and _."""
    return secrets.token_urlsafe(32)


def make_code(token: str, now: float, like: str = "") -> str:
    """Return a code that leads in once, made of the token of a launch and the time.

    Parameters
    ----------
    token
        The secret of the launch.
    now
        Seconds since 1970.
    like
        A code whose random part is taken over, to check it.
    """
    parts = like.split(".")
    chance = parts[1] if len(parts) == 3 else secrets.token_urlsafe(8)
    text = f"{int(now)}.{chance}"
    mark = hmac.digest(token.encode(), f"code {text}".encode(), sha256)
    return f"{text}.{urlsafe_b64encode(mark).decode().rstrip('=')}"


def _time_of(code: str) -> float:
    """Return the time in a code; that of long ago if it is none."""
    first = code.partition(".")[0]
    return float(first) if first.isascii() and first.isdigit() and len(first) < 15 else 0.0


def _same(given: str, secret: str) -> bool:
    return hmac.compare_digest(given.encode(errors="replace"), secret.encode())


def _hashed(password: str, salt: bytes) -> bytes:
    return scrypt(password.encode(errors="replace"), salt=salt, n=2**14, r=8, p=1)


def _network(client: str) -> str:
    """Return what counts as one client; one machine has many addresses of IPv6."""
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return client
    if address.version == 6:
        return str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))
    return client
