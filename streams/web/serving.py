"""Serving the page until a signal ends it."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Collection, Coroutine
from contextlib import closing
from ipaddress import ip_address
from typing import Any

from aiohttp import web

from streams import admin
from streams.errors import BadConfiguration
from streams.settings import Settings
from streams.topics import ENRICHED
from streams.web.server import FEED, create_app

_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_SHUTDOWN_SECONDS = 2.0


async def serve(
    settings: Settings,
    *,
    host: str,
    port: int,
    names: Collection[str],
    told: Callable[[str], None],
    say: Callable[[str], None],
) -> None:
    """Serves the page until SIGINT, SIGTERM or SIGHUP.

    Args:
        settings: which cluster and topics.
        host: address to listen on.
        port: 0 for any free one.
        names: host names that the page goes by, beside `localhost` and addresses.
        told: is told the page's address once it answers.
        say: is told what there is to wait for.

    Raises:
        SetupError: the port is taken; there is no broker, or no topic.
    """
    with closing(_listening(host, port)) as listening:
        await admin.wait_for_broker(settings, say=say)
        await admin.require_topic(ENRICHED, settings)
        over = asyncio.Event()
        for ending in _ENDINGS:
            asyncio.get_running_loop().add_signal_handler(ending, over.set)
        app = create_app(settings, names=names)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS)
        await runner.setup()
        try:
            await web.SockSite(runner, listening).start()
            told(_address(host, listening.getsockname()[1]))
            await _first(over.wait(), app[FEED].ended())
        finally:
            asyncio.get_running_loop().set_exception_handler(_without_connections)
            await runner.cleanup()


def _without_connections(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What is told of at the end, but for connections that were just being made: they end with us."""
    if not str(context.get("message")).startswith("Unclosed AIOKafka"):
        loop.default_exception_handler(context)


async def _first(*waiting: Coroutine[Any, Any, object]) -> None:
    """Returns when the first of them is done; what it raised is raised."""
    tasks = [asyncio.create_task(one) for one in waiting]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
    for task in done:
        await task


def _listening(host: str, port: int) -> socket.socket:
    try:
        kind = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=kind)
    except OSError as error:
        problem = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise BadConfiguration(
            f"The page cannot be served at {host}:{port} ({problem}): choose another --port, or 0 for any free one."
        ) from error


def _address(host: str, port: int) -> str:
    """What to open in a browser on this machine."""
    try:
        shown = "127.0.0.1" if ip_address(host).is_unspecified else host
    except ValueError:
        shown = host
    return f"http://[{shown}]:{port}/" if ":" in shown else f"http://{shown}:{port}/"


def is_local(host: str) -> bool:
    """Whether only this machine can reach what listens on that address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
