"""What a browser sees that has not got in yet: how to get in, or a form for the password."""

import json
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from html import escape
from urllib.parse import parse_qsl

from starlette.responses import HTMLResponse

from ortstyle.errors import StudioError
from ortstyle.studio.faults import Refused
from ortstyle.studio.guard.headers import CONTENT_POLICY

_STYLE = (
    ":root{color-scheme:light dark;font:1rem/1.5 system-ui,sans-serif}"
    "main{max-width:30rem;margin:15vh auto;padding:0 1.5rem}"
    "input,button{font:inherit;padding:.6rem .8rem;min-height:44px;box-sizing:border-box}"
    "input{width:100%;margin:.3rem 0 1rem}"
)
_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()
_POLICY = CONTENT_POLICY.replace("style-src 'self'", f"style-src 'sha256-{_HASH}'")

_TEXTS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "ortstyle studio",
        "how": "This page opens by the address that the command shows in its terminal. Type the "
        "command again, and it opens the page:",
        "spent": "The address that was opened has been used, or is too old.",
        "password": "Password",
        "enter": "Open the studio",
        "wrong": "That is not the password.",
        "open": "Open the studio",
    },
    "de": {
        "title": "ortstyle studio",
        "how": "Diese Seite öffnet sich mit der Adresse, die der Befehl in seinem Terminal zeigt. "
        "Geben Sie den Befehl noch einmal ein, dann öffnet er die Seite:",
        "spent": "Die Adresse ist schon benutzt worden oder zu alt.",
        "password": "Passwort",
        "enter": "Studio öffnen",
        "wrong": "Das ist nicht das Passwort.",
        "open": "Studio öffnen",
    },
}


def how_to_get_in(languages: str, *, has_password: bool, note: str = "") -> HTMLResponse:
    """Return the page that says how to get in, or asks for the password.

    Parameters
    ----------
    languages
        The request's header Accept-Language.
    has_password
        Whether there is a password.
    note
        "spent", "wrong", or a sentence that is shown as it is; empty for none.
    """
    language = _language(languages)
    texts = _TEXTS[language]
    told = f'<p role="alert">{escape(texts.get(note, note))}</p>' if note else ""
    if has_password:
        content = (
            f'{told}<form method="post" action="/api/login"><label for="password">'
            f'{texts["password"]}</label><input id="password" name="password" type="password" '
            f'autocomplete="current-password" required autofocus>'
            f"<button>{texts['enter']}</button></form>"
        )
    else:
        content = f"{told}<p>{texts['how']}</p><p><code>ortstyle studio</code></p>"
    return _page(language, content, status=401)


def forward(languages: str) -> HTMLResponse:
    """Return a page that leads to the studio.

    A browser that came from elsewhere, such as a file, sends no SameSite=Strict cookie with the
    request that a redirection leads to, but does with one that a page of the studio leads to.
    """
    language = _language(languages)
    content = f'<p><a href="/">{_TEXTS[language]["open"]}</a></p>'
    return _page(language, content, head='<meta http-equiv="refresh" content="0;url=/">')


def read_password(body: bytes, content_type: str) -> tuple[str, bool]:
    """Return the password in a body, and whether a form sent it rather than a script.

    Raises
    ------
    Refused
        There is none.
    """
    kind = content_type.partition(";")[0].strip().casefold()
    try:
        if kind == "application/x-www-form-urlencoded":
            password = dict(parse_qsl(body.decode(), max_num_fields=5)).get("password", "")
            return password, True
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refused("The password could not be read.") from error
    if kind != "application/json" or not isinstance(found, dict):
        raise Refused("The password must be sent as JSON or by the form.")
    given = found.get("password")
    if not isinstance(given, str) or len(found) != 1:
        raise Refused("The password is missing.")
    return given, False


class NotSignedIn(StudioError):  # noqa: N818  an answer, as those of `faults`
    """A request has neither cookie nor token."""

    status = 401


def _page(language: str, content: str, *, status: int = 200, head: str = "") -> HTMLResponse:
    title = _TEXTS[language]["title"]
    html = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1">{head}'
        f"<title>{title}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{title}</h1>{content}</main></body></html>"
    )
    # With no-referrer a form's Origin would be "null".
    headers = {"content-security-policy": _POLICY, "referrer-policy": "same-origin"}
    return HTMLResponse(html, status, headers)


def _language(languages: str) -> str:
    """Return the first language that there is of those a browser asks for."""
    for part in languages.split(",")[:20]:
        language = part.partition(";")[0].strip().partition("-")[0].casefold()
        if language in _TEXTS:
            return language
    return "en"
