"""Takes the pictures of the live page, with the bundled samples: `python docs/make_screenshots.py` (needs Chromium)."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Page, ViewportSize, async_playwright

from streams import samples

IMAGES = Path(__file__).parent / "img"
SAMPLES = Path(samples.__file__).parent
KABAR = (sys.executable, "-m", "streams")
READ = "Bertemu di Sydney, Jokowi dan Turnbull Bahas Kerja Sama Melawan Terorisme"
WIDE = ViewportSize(width=1280, height=800)
PHONE = ViewportSize(width=390, height=844)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-sync",
]


async def main() -> None:
    """Writes docs/img/page-light.png, page-dark.png, page-letters.png and page-phone.png."""
    async with _up() as (broker, address), async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = await (await browser.new_context(viewport=WIDE)).new_page()
        await page.goto(address)
        # The first article waits for the worker to be ready, which is no latency worth a picture.
        _publish(broker, "-", content=b"Presiden tiba di Jakarta untuk bertemu duta besar Jepang.")
        await page.locator(".row").first.wait_for()
        broken = sorted((SAMPLES / "broken").iterdir())
        _publish(broker, str(SAMPLES / "articles.jsonl"), *map(str, broken))
        await page.locator("#dead-count", has_text=str(len(broken))).wait_for()
        await page.wait_for_timeout(6_000)
        await _read(page)
        await page.screenshot(path=IMAGES / "page-light.png")
        await page.emulate_media(color_scheme="dark")
        await page.screenshot(path=IMAGES / "page-dark.png")
        await page.goto(f"{address}#dead")
        await page.emulate_media(color_scheme="light")
        await page.locator(".letter").first.get_by_role("button").click()
        await page.locator(".letter[data-replayed=true]").wait_for()
        await page.screenshot(path=IMAGES / "page-letters.png")
        await _phone(browser, address)
        await browser.close()


async def _read(page: Page) -> None:
    await page.locator("#filter-words").fill("Jokowi Turnbull")
    await page.locator(".row", has_text=READ[:20]).click()
    await page.locator("#filter-clear").click()
    await page.wait_for_timeout(500)


async def _phone(browser: Browser, address: str) -> None:
    context = await browser.new_context(viewport=PHONE, device_scale_factor=2, is_mobile=True, has_touch=True)
    page = await context.new_page()
    await page.goto(address)
    await page.locator(".row mark").first.wait_for()
    await page.wait_for_timeout(3_000)
    await page.screenshot(path=IMAGES / "page-phone.png")


def _publish(broker: str, *files: str, content: bytes = b"") -> None:
    command = [*KABAR, "publish", *files, "-b", broker]
    subprocess.run(command, input=content, check=True)  # noqa: S603 - ourselves, with arguments of ours


@asynccontextmanager
async def _up() -> AsyncIterator[tuple[str, str]]:
    """`kabar up`; the addresses of its broker and its page."""
    environment = {**os.environ, "KABAR_WEB_PORT": "0", "KABAR_PARTITIONS": "3"}
    up = await asyncio.create_subprocess_exec(
        *KABAR, "up", "--port", "0", "--page-port", "0", env=environment, stderr=asyncio.subprocess.PIPE
    )
    assert up.stderr is not None  # noqa: S101 - it is a pipe
    found: dict[str, str] = {}
    try:
        while "Page:" not in found:
            line = (await up.stderr.readline()).decode()
            for name in ("Kafka broker:", "Page:"):
                if line.startswith(name):
                    found[name] = line.removeprefix(name).split()[0]
        reading = asyncio.create_task(up.stderr.read())
        yield found["Kafka broker:"], found["Page:"]
    finally:
        up.terminate()
        await up.wait()
    await reading


if __name__ == "__main__":
    asyncio.run(main())
