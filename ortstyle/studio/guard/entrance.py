"""How a browser gets in: by an address with a secret, or by the password."""

from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response
from starlette.types import Scope

from ortstyle.studio.guard.access import Access, TooManyTries
from ortstyle.studio.guard.body_limits import Body
from ortstyle.studio.guard.headers import values_of
from ortstyle.studio.guard.request_checks import READING, MethodNotAllowed
from ortstyle.studio.guard.sign_in import NotSignedIn, forward, how_to_get_in, read_password

LOGIN_PATH = "/api/login"
_LOGINS_AT_ONCE = 8


class Entrance:
    """Answers requests that do not come from the user's browser, or not yet.

    Parameters
    ----------
    access
        Who may use the studio.
    """

    def __init__(self, access: Access) -> None:
        self._access, self._logins = access, 0

    async def respond(self, scope: Scope, body: Body) -> Response | None:
        """Return an answer; None if the request comes from the user and is for the application.

        Raises
        ------
        StudioError
            The request is refused.
        """
        if scope["path"] == LOGIN_PATH:
            return await self._log_in(scope, body)
        is_for_page = scope["path"] == "/" and scope["method"] in READING
        secret = _secret(scope) if is_for_page and scope["method"] == "GET" else None
        is_in = self._is_in(scope)
        if secret is not None:
            is_in = is_in or self._access.exchanges(secret)
            return self._enter(scope) if is_in else self._outside(scope, note="spent")
        if is_in:
            return None
        if is_for_page:
            return self._outside(scope)
        raise NotSignedIn("This page is not signed in; type ortstyle studio again to open it.")

    def _is_in(self, scope: Scope) -> bool:
        cookies, sent = values_of(scope, b"cookie"), values_of(scope, b"authorization")
        return self._access.is_signed_in(cookies, sent[0] if len(sent) == 1 else "")

    def _enter(self, scope: Scope) -> Response:
        """Give a browser its cookie, and the address without the secret."""
        response: Response = RedirectResponse("/", 303)
        if values_of(scope, b"sec-fetch-site") not in ([], ["none"], ["same-origin"]):
            response = forward(_languages(scope))
        response.headers["set-cookie"] = self._access.cookie()
        return response

    def _outside(self, scope: Scope, note: str = "") -> Response:
        has_password = self._access.has_password
        return how_to_get_in(_languages(scope), has_password=has_password, note=note)

    async def _log_in(self, scope: Scope, body: Body) -> Response | None:
        """Answer whoever sends a password; None if it was cut off."""
        if scope["method"] != "POST":
            raise MethodNotAllowed("The password is sent by POST.")
        data = await body.read()
        if data is None:
            return None
        password, is_form = read_password(data, "".join(values_of(scope, b"content-type")))
        try:
            is_right = await self._check(password, (scope.get("client") or ("", 0))[0])
        except TooManyTries as error:
            if not is_form:
                raise
            return self._outside(scope, note=str(error))
        if is_right:
            cookie = {"set-cookie": self._access.cookie()}
            return RedirectResponse("/", 303, cookie) if is_form else Response(None, 204, cookie)
        if is_form:
            return self._outside(scope, note="wrong")
        raise NotSignedIn("That is not the password.")

    async def _check(self, password: str, client: str) -> bool:
        # Strangers must not take up all threads.
        if self._logins >= _LOGINS_AT_ONCE:
            raise TooManyTries(1)
        self._logins += 1
        try:
            return await run_in_threadpool(self._access.check_password, password, client)
        finally:
            self._logins -= 1


def _secret(scope: Scope) -> str | None:
    """Return the secret in an address; None if it has none."""
    try:
        query = parse_qsl(
            scope["query_string"].decode("latin-1"), keep_blank_values=True, max_num_fields=50
        )
    except ValueError:
        return None
    return dict(query).get("token")


def _languages(scope: Scope) -> str:
    return ",".join(values_of(scope, b"accept-language"))
