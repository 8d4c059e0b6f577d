"""The page's server.

    GET  /                  the page, and its parts under /static
    GET  /events            what comes, as server-sent events: article, deleted, unreadable, dead, stage
    GET  /api/state         counts, rates, latency, lag
    GET  /api/dead          the last dead letters
    POST /api/dead/replay   sends one back: {"letter": "partition@offset"}
    POST /api/articles      publishes what is in the body, by its content type

It holds for everybody who can reach it: see `guard.py` for what keeps other sites out.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import suppress
from hashlib import sha256
from importlib.resources import files
from pathlib import PurePath
from typing import Any

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp_sse import sse_response

from streams.client.publishing import Publisher
from streams.errors import BrokerUnreachable, InvalidRecord, RecordTooLarge, SetupError
from streams.settings import Settings
from streams.web import guard, posting
from streams.web.behind import Behind
from streams.web.feed import Feed
from streams.web.hub import Hub
from streams.web.replaying import Desk

HEARTBEAT_SECONDS = 15.0
SEND_SECONDS = 10.0
"""How long one event may take to be taken; who is slower is dropped."""
ANSWER_SECONDS = 15.0
"""How long the broker may take to confirm what was posted."""

_RETRY_MS = 2_000
# Those of the machine may say otherwise, and scripts of another type would not be run.
_KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}

_SETTINGS = web.AppKey("settings", Settings)
_HUB = web.AppKey("hub", Hub)
FEED = web.AppKey("feed", Feed)
"""What reads the topics, to be asked whether it still does."""
_BEHIND = web.AppKey("behind", Behind)
_DESK = web.AppKey("desk", Desk)
_PUBLISHER = web.AppKey("publisher", Publisher)


def create_app(settings: Settings, *, names: Collection[str] = (), hub: Hub | None = None) -> web.Application:
    """The page's server for a cluster, which it reads for as long as it runs.

    Args:
        settings: which cluster and topics; whose lag.
        names: host names that it goes by, beside `localhost` and addresses.
        hub: who looks, if it should be another than the usual one.
    """
    app = web.Application(
        middlewares=[guard.middleware(names), _sentences], client_max_size=settings.max_record_bytes
    )
    app[_SETTINGS] = settings
    app[_HUB] = hub or Hub()
    app[FEED] = Feed(settings, app[_HUB])
    app[_BEHIND] = Behind(settings)
    app[_DESK] = Desk(settings)
    app[_PUBLISHER] = Publisher(settings, source=posting.SOURCE)
    app.on_response_prepare.append(guard.add_headers)
    app.on_shutdown.append(_let_go)
    app.cleanup_ctx.append(_reading)
    app.add_routes(
        [
            web.get("/", _static("index.html")),
            *(web.get(f"/static/{name}", _static(name)) for name in _names()),
            web.get("/events", _events, allow_head=False),
            web.get("/api/state", _state),
            web.get("/api/dead", _dead),
            web.post("/api/dead/replay", _replay),
            web.post("/api/articles", _publish),
        ]
    )
    return app


async def _reading(app: web.Application) -> AsyncIterator[None]:
    app[FEED].start()
    yield
    await app[FEED].aclose()
    await app[_BEHIND].aclose()
    await app[_PUBLISHER].aclose()


async def _let_go(app: web.Application) -> None:
    app[_HUB].close()


@web.middleware
async def _sentences(request: web.Request, handler: Handler) -> web.StreamResponse:
    """What goes wrong is told as the commands tell it."""
    try:
        return await handler(request)
    except RecordTooLarge as error:
        return guard.refusal(str(error), web.HTTPRequestEntityTooLarge.status_code)
    except InvalidRecord as error:
        return guard.refusal(str(error), web.HTTPUnprocessableEntity.status_code)
    except (SetupError, TimeoutError) as error:
        sentence = str(error) or "The broker did not confirm it in time: it may have been done, or not."
        return guard.refusal(sentence, web.HTTPServiceUnavailable.status_code)
    except web.HTTPRequestEntityTooLarge as error:
        most = request.app[_SETTINGS].max_record_bytes
        return guard.refusal(
            f"More than {most:,} bytes are not taken (KABAR_MAX_RECORD_BYTES).", error.status
        )


def _names() -> list[str]:
    entries = files("streams.web").joinpath("static").iterdir()
    return [entry.name for entry in entries if PurePath(entry.name).suffix in _KINDS]


def _static(name: str) -> Handler:
    content = files("streams.web").joinpath("static", name).read_bytes()
    kind = _KINDS[PurePath(name).suffix]
    tag = sha256(content).hexdigest()

    async def answer(request: web.Request) -> web.Response:
        # Asked for each time, so that after an upgrade no old script meets a new page.
        headers = {"Cache-Control": "no-cache", "ETag": f'"{tag}"'}
        if tag in {known.value for known in request.if_none_match or ()}:
            return web.Response(status=304, headers=headers)
        charset = "utf-8" if kind.startswith("text/") else None
        return web.Response(body=content, content_type=kind, charset=charset, headers=headers)

    return answer


async def _events(request: web.Request) -> web.StreamResponse:
    hub = request.app[_HUB]
    if hub.is_full:
        return guard.refusal("Too many look at once.", web.HTTPServiceUnavailable.status_code)
    async with sse_response(request, ping_interval=HEARTBEAT_SECONDS, send_timeout=SEND_SECONDS) as response:
        with hub.viewer(last_id=response.last_event_id) as viewer, suppress(TimeoutError, ConnectionError):
            await response.send("{}", event="hello", retry=_RETRY_MS)
            while (message := await viewer.next()) is not None:
                await response.send(message.data, id=message.id, event=message.event)
    return response


async def _state(request: web.Request) -> web.Response:
    return _json({**request.app[FEED].state(), "lag": request.app[_BEHIND].state()})


async def _dead(request: web.Request) -> web.Response:
    return _json({"letters": request.app[FEED].letters()})


async def _replay(request: web.Request) -> web.Response:
    try:
        asked = orjson.loads(await request.read())
    except orjson.JSONDecodeError:
        asked = None
    name = asked.get("letter") if isinstance(asked, dict) else None
    if not isinstance(name, str):
        return guard.refusal('The letter has to be named: {"letter": "partition@offset"}.', 400)
    _require_broker(request)
    async with asyncio.timeout(ANSWER_SECONDS):
        return _json({"letter": name, "sent_to": await request.app[_DESK].replay(name)})


async def _publish(request: web.Request) -> web.Response:
    if request.content_type not in posting.KINDS:
        return guard.refusal(f"Taken are {', '.join(posting.KINDS)}.", 415)
    content = await request.read()
    _require_broker(request)
    async with asyncio.timeout(ANSWER_SECONDS):
        told = await posting.post(
            content, request.content_type, request.app[_PUBLISHER], request.app[_SETTINGS]
        )
    for published in told["published"]:
        request.app[FEED].follow(published["ce_id"])
    return _json(told, status=201 if told["published"] else 422)


def _require_broker(request: web.Request) -> None:
    """Says at once what the page says anyway, where a client would wait."""
    problem = request.app[FEED].problem
    if problem is not None:
        raise BrokerUnreachable(problem)


def _json(value: dict[str, Any], *, status: int = 200) -> web.Response:
    return web.Response(
        body=orjson.dumps(value),
        content_type="application/json",
        status=status,
        headers={"Cache-Control": "no-store"},
    )
