"""The JavaScript of docs/consuming.md, in a browser."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser

from tests.documentation import blocks
from tests.test_offsets import END, START, TEXT, WORDS, utf16

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_the_javascript_of_the_guide_finds_the_words(browser: Browser) -> None:
    page = await browser.new_page()
    event = {"text": TEXT}
    span = {"field": "text", "start": START, "end": END}
    [shown] = [block.text for block in blocks() if block.language == "javascript"]
    found = await page.evaluate(
        f"([event, span]) => {{\n{shown}\nreturn [words, toUtf16(event.text, span.start)]; }}", [event, span]
    )
    await page.close()
    assert found == [WORDS, len(utf16(TEXT[:START]))]
