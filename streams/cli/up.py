"""`kabar up`."""

from __future__ import annotations

import asyncio

from streams import admin
from streams.broker import EmbeddedBroker
from streams.cli import local
from streams.cli.console import err
from streams.errors import SetupError
from streams.settings import load


def run(*, port: int, page_port: int | None) -> None:
    """Embedded broker, worker and page until Ctrl-C.

    Args:
        port: the broker's.
        page_port: the page's; None for the usual one, or any free one if that is taken.

    Raises:
        SetupError: one of them could not start, or ended by itself.
    """
    local.forget_security()
    with EmbeddedBroker(port) as broker:
        settings = load(brokers=broker.address)
        asyncio.run(admin.create_topics(settings))
        err.print(f"Kafka broker: [bold]{broker.address}[/bold] (its data is in memory and ends with it)")
        err.print(f"Publish: [bold]kabar publish FILE -b {broker.address}[/bold]")
        err.print(f"Watch:   [bold]kabar watch -b {broker.address}[/bold]")
        if settings.web_port:
            err.print(f"Worker:  [bold]http://{settings.web_host}:{settings.web_port}/[/bold]")
        environment = local.worker_environment(broker.address)
        with local.worker(environment) as worker:
            try:
                with local.page(environment, port=page_port) as address:
                    err.print(f"Page:    [bold]{address}[/bold]")
                    code = worker.wait()
            except KeyboardInterrupt:
                err.print("Stopping ...")
                return
        raise SetupError(f"The worker ended by itself with code {code}; what it said is above.")
