"""The page in a browser: dead letters, publishing, figures."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import expect

from streams import topics
from tests.broker.articles import SUMMIT, article
from tests.broker.pipeline import Pipeline
from tests.web.cluster import Cluster, report
from tests.web.conftest import Opened

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.asyncio(loop_scope="session")]


async def test_a_dead_letter_is_shown_with_its_reason_and_sent_back(cluster: Cluster, opened: Opened) -> None:
    hostile = "<img src=x onerror=\"document.title='x'\">"
    await cluster.reject(hostile.encode(), reason=hostile)
    page = await opened(cluster.settings, view="dead")
    letter = page.locator("#letters .letter")
    await expect(letter.locator(".reason")).to_have_text(f"clean{hostile}")
    await expect(letter.locator("pre")).to_have_text(hostile)

    await letter.get_by_role("button").click()
    await expect(letter).to_contain_text(f"to {topics.RAW.name(cluster.settings)}")
    await expect(letter.get_by_role("button")).to_have_count(0)
    [record] = await cluster.on(topics.RAW)
    assert record.value == hostile.encode()
    assert await page.title() == "Kabar"


async def test_a_letter_that_comes_is_put_on_top(cluster: Cluster, opened: Opened) -> None:
    await cluster.reject(b"1", reason="pertama", offset=1)
    page = await opened(cluster.settings, view="dead")
    await expect(page.locator(".letter")).to_have_count(1)
    await cluster.reject(b"2", reason="kedua", offset=2)
    await expect(page.locator(".letter .reason")).to_have_text(["cleankedua", "cleanpertama"])


async def test_an_article_that_is_pasted_is_seen_going_through_and_read(
    pipeline: Pipeline, opened: Opened
) -> None:
    page = await opened(pipeline.settings, view="publish")
    await page.locator("#posting-title").fill("Dari halaman 🤝")
    await page.locator("#posting-text").fill(SUMMIT)
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".steps .done")).to_have_count(4, timeout=60_000)
    await expect(page.locator(".steps [data-stage=enriched]")).to_contain_text("after")
    await page.get_by_role("button", name="Read it").click()
    await expect(page.locator("#reader h2")).to_have_text("Dari halaman 🤝")
    await expect(page.locator("#reader .text mark").first).to_be_visible()


async def test_a_file_is_published_and_what_is_no_article_is_told(
    cluster: Cluster, opened: Opened, tmp_path: Path
) -> None:
    path = tmp_path / "dua.jsonl"
    path.write_bytes(article(SUMMIT, id="baik") + b'\n{"judul": "tanpa isi"}\n')
    page = await opened(cluster.settings, view="publish")
    await page.locator("#posting-file").set_input_files(path)
    await expect(page.locator(".journey")).to_contain_text("baik")
    await expect(page.locator("#posting-problem")).to_have_text("2: body is missing")
    assert [record.key for record in await cluster.on(topics.RAW)] == [b"baik"]


async def test_the_figures_are_those_of_the_topics(cluster: Cluster, opened: Opened) -> None:
    await cluster.enrich(report("1"), report("2"), report("3"))
    await cluster.reject(b"x")
    page = await opened(cluster.settings)
    enriched = page.locator("#figures div", has_text="Enriched")
    await expect(enriched.locator(".value")).to_have_text("3")
    await expect(page.locator("#dead-count")).to_have_text("1")
