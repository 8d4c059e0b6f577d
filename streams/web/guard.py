"""Who may ask for the page, and what a browser may do with it.

There is no login. So that another site cannot act through a browser that can reach us: a name in `Host` that is not
ours is refused (DNS rebinding), and what changes something needs a header that a page of another origin cannot set
without being let (cross-site requests).
"""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

PAGE_HEADER = "X-Kabar-Page"
"""Has to be there, with any value, on a request that changes something."""

HEADERS = {
    # Trusted types: even a fault of ours could not make markup of an article's text.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
    " require-trusted-types-for 'script'; trusted-types 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

_ADDRESS = frozenset("/\\@?#")
"""What has no place in a host name, and would move it elsewhere in an address."""

_ONLY_READS = frozenset(("GET", "HEAD"))


def is_ours(host: str | None, names: Collection[str]) -> bool:
    """Whether a `Host` header is one that we go by: `localhost`, any IP address, or one of `names`.

    An address is safe, since it cannot be made to lead elsewhere as a name can.
    """
    if not host or not _ADDRESS.isdisjoint(host):
        return False
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    if name == "localhost" or name in {own.lower() for own in names}:
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def is_from_the_page(request: web.BaseRequest) -> bool:
    """Whether a request that changes something comes from our own page, or from no page at all."""
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc.lower() != request.headers.get("Host", "").lower():
        return False
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        return False
    return PAGE_HEADER in request.headers


def middleware(names: Collection[str]) -> Middleware:
    """Refuses what is not for us, before anything is looked at.

    Args:
        names: host names that we go by, beside `localhost` and addresses.
    """

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not is_ours(request.headers.get("Host"), names):
            return refusal("This host name is not one that the page goes by: see `kabar web --name`.")
        if request.method not in _ONLY_READS and not is_from_the_page(request):
            return refusal(f"Only the page itself may do that; another program sends {PAGE_HEADER}: 1.")
        return await handler(request)

    return guard


async def add_headers(_request: web.BaseRequest, response: web.StreamResponse) -> None:
    """What every answer tells the browser."""
    response.headers.update(HEADERS)


def refusal(sentence: str, status: int = 403) -> web.Response:
    """An answer that says in one sentence why not."""
    return web.json_response({"error": sentence}, status=status)
