"""What can be done through the page: publishing an article, and sending a dead letter back."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import orjson
import pytest

from streams import topics
from tests.broker.articles import SUMMIT, article
from tests.broker.pipeline import Pipeline
from tests.web.client import FROM_THE_PAGE, Client, events, served, state_when
from tests.web.cluster import Cluster

pytestmark = pytest.mark.broker


@pytest.fixture
async def cluster(broker_address: str) -> Cluster:
    return await Cluster.made(broker_address)


async def post(client: Client, content: bytes, kind: str) -> tuple[int, Any]:
    async with client.post(
        "/api/articles", data=io.BytesIO(content), headers={**FROM_THE_PAGE, "Content-Type": kind}
    ) as answer:
        return answer.status, await answer.json()


async def replay(client: Client, letter: str) -> tuple[int, Any]:
    async with client.post("/api/dead/replay", json={"letter": letter}, headers=FROM_THE_PAGE) as answer:
        return answer.status, await answer.json()


async def test_text_that_is_pasted_goes_through_all_stages(pipeline: Pipeline) -> None:
    async with served(pipeline.settings) as client, events(client) as coming:
        status, told = await post(client, SUMMIT.encode(), "text/plain")
        [published] = told["published"]
        assert (status, told["refused"]) == (201, [])
        stages = set()
        while stages != {"raw", "clean", "tagged", "enriched"}:
            stages.add((await coming.until("stage", ce_id=published["ce_id"])).data["stage"])
    found = next(
        event.data["article"]
        for event in coming.seen
        if event.name == "article" and event.data["article"]["id"] == published["id"]
    )
    assert "Retno Marsudi" in {entity["name"] for entity in found["entities"]}


async def test_a_file_of_several_articles_is_taken_apart_and_each_refusal_has_its_reason(
    cluster: Cluster,
) -> None:
    lines = b"\n".join([article(SUMMIT, id="satu"), b'{"judul": "tanpa isi"}', article(SUMMIT, id=3)])
    async with served(cluster.settings) as client:
        status, told = await post(client, lines, "application/x-ndjson")
    assert status == 201
    assert [published["id"] for published in told["published"]] == ["satu", "3"]
    assert told["refused"] == [{"number": 2, "reason": "body is missing"}]
    assert {record.key for record in await cluster.on(topics.RAW)} == {b"satu", b"3"}


async def test_a_page_is_published_with_the_title_it_gives_itself(cluster: Cluster) -> None:
    page = b"<html><head><title>Banjir Surut</title></head><body><p>Warga pulang ke rumah.</p></body></html>"
    async with served(cluster.settings) as client:
        await post(client, page, "text/html")
    [record] = await cluster.on(topics.RAW)
    assert orjson.loads(record.value or b"")["title"] == "Banjir Surut"


@pytest.mark.parametrize(
    ("content", "kind", "status", "reason"),
    [
        (b"x", "image/png", 415, "Taken are text/plain"),
        (b"{}", "application/json", 422, "body is missing"),
        (b"{", "application/json", 422, "the value is not JSON"),
        (b"", "text/plain", 422, "body is empty"),
        (b'{"id": true, "body": "a"}', "application/json", 422, "id must be a string"),
        (b"[" + b'{"body": "a"},' * 500 + b'{"body": "a"}]', "application/json", 422, "There are 501"),
        (b"a" * (8 * 1024 * 1024 + 1), "text/plain", 413, "More than 8,388,608 bytes"),
    ],
)
async def test_what_is_no_article_is_refused_with_a_reason(
    cluster: Cluster, content: bytes, kind: str, status: int, reason: str
) -> None:
    async with served(cluster.settings) as client:
        answered, told = await post(client, content, kind)
    assert answered == status
    assert (told.get("error") or told["refused"][0]["reason"]).startswith(reason)
    assert await cluster.on(topics.RAW) == []


async def test_dead_letters_are_listed_and_told_of_as_they_come(cluster: Cluster) -> None:
    first = await cluster.reject(b"bukan JSON", reason="the value is not JSON", offset=1)
    async with served(cluster.settings) as client, events(client) as coming:
        [known] = (await (await client.get("/api/dead")).json())["letters"]
        second = await cluster.reject(b"{}", reason="body is missing", offset=2)
        came = await coming.until("dead", letter=second)
    assert (known["letter"], known["reason"], known["stage"], known["size"], known["replayed"]) == (
        first,
        "the value is not JSON",
        "clean",
        10,
        None,
    )
    assert came.data["reason"] == "body is missing"


async def test_a_letter_is_sent_back_once_and_everybody_is_told(cluster: Cluster) -> None:
    letter = await cluster.reject(b"bukan JSON", key=b"a-1")
    async with served(cluster.settings) as client, events(client) as coming:
        await coming.until("hello")
        status, told = await replay(client, letter)
        after = await coming.until("dead", letter=letter)
        again, refusal = await replay(client, letter)

    assert (status, told["sent_to"]) == (200, topics.RAW.name(cluster.settings))
    assert after.data["replayed"]["topic"] == topics.RAW.name(cluster.settings)
    assert (again, refusal["error"]) == (422, f"{letter} was sent back before.")
    [record] = await cluster.on(topics.RAW)
    assert (record.key, record.value) == (b"a-1", b"bukan JSON")


async def test_two_who_send_a_letter_back_at_once_send_it_once(cluster: Cluster) -> None:
    letter = await cluster.reject(b"bukan JSON")
    async with served(cluster.settings) as client:
        answers = await asyncio.gather(*(replay(client, letter) for _ in range(3)))
    assert sorted(status for status, _ in answers) == [200, 422, 422]
    assert len(await cluster.on(topics.RAW)) == 1


async def test_what_was_sent_back_before_the_page_is_known_to_it(cluster: Cluster) -> None:
    letter = await cluster.reject(b"bukan JSON")
    async with served(cluster.settings) as client:
        await replay(client, letter)
    async with served(cluster.settings) as client:
        [known] = (await (await client.get("/api/dead")).json())["letters"]
        told = await state_when(client, lambda told: told["dead"]["letters"] is not None)
    assert known["replayed"]["topic"] == topics.RAW.name(cluster.settings)
    assert told["dead"] == {"letters": 1, "replayed": 1}


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (b'{"letter": "0@99"}', 422, "There is no dead letter 0@99"),
        (b'{"letter": "../etc"}', 422, "'../etc' is not PARTITION@OFFSET"),
        (b'{"letter": 1}', 400, "The letter has to be named"),
        (b"[", 400, "The letter has to be named"),
    ],
)
async def test_a_letter_that_is_not_there_is_told(
    cluster: Cluster, body: bytes, status: int, reason: str
) -> None:
    async with (
        served(cluster.settings) as client,
        client.post("/api/dead/replay", data=body, headers=FROM_THE_PAGE) as answer,
    ):
        assert answer.status == status
        assert (await answer.json())["error"].startswith(reason)
