"""A real browser on a real server on a real broker."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from streams.settings import Settings
from tests.web.client import served
from tests.web.cluster import Cluster

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}

Opened = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium: apt-get install chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def cluster(broker_address: str) -> Cluster:
    return await Cluster.made(broker_address)


@pytest_asyncio.fixture(loop_scope="session")
async def opened(browser: Browser) -> AsyncIterator[Opened]:
    """Opens the page of a cluster; at the end nothing may have gone wrong in it, nor asked for leave to."""
    problems: list[str] = []
    async with AsyncExitStack() as stack:

        async def open_(settings: Settings, *, view: str = "articles", phone: bool = False) -> Page:
            client = await stack.enter_async_context(served(settings))
            context = await browser.new_context(
                viewport=PHONE if phone else WIDE,  # type: ignore[arg-type]
                has_touch=phone,
                is_mobile=phone,
            )
            stack.push_async_callback(context.close)
            page = await context.new_page()
            page.on("pageerror", lambda error: problems.append(str(error)))
            page.on("console", lambda told: problems.append(told.text) if told.type == "error" else None)
            await page.goto(f"{client.make_url('/')}#{view}")
            await page.locator("#connection[data-state=live]").wait_for()
            return page

        yield open_
    assert problems == []
