"""Who may ask, and what a browser may do with the answer."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from streams import topics
from streams.web.guard import is_ours
from tests.broker.articles import article
from tests.web.client import FROM_THE_PAGE, served
from tests.web.cluster import Cluster

STATIC = files("streams.web").joinpath("static")


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8000", "127.0.0.1:8000", "[::1]:8000", "192.0.2.7", "LOCALHOST"]
)
def test_localhost_and_addresses_are_ours(host: str) -> None:
    assert is_ours(host, ())


@pytest.mark.parametrize(
    "host",
    ["penyerang.example", "penyerang.example:8000", "localhost.penyerang.example", "127.0.0.1.penyerang.example",
     "localhost@penyerang.example", "", None, "[::1", "2130706433", "127.0.0.1:8000/x@penyerang.example:9"],
)  # fmt: skip
def test_other_names_are_not(host: str | None) -> None:
    assert not is_ours(host, ())


def test_a_name_that_was_told_is_ours_and_none_beside_it() -> None:
    assert is_ours("Meja.example:8000", ("meja.example",))
    assert not is_ours("lain.meja.example", ("meja.example",))


@pytest.mark.broker
@pytest.mark.parametrize("path", ["/", "/static/main.js", "/events", "/api/state", "/api/dead", "/tidak-ada"])
async def test_a_foreign_host_is_refused_everywhere(broker_address: str, path: str) -> None:
    cluster = await Cluster.made(broker_address, prefix="page-guard")
    async with (
        served(cluster.settings) as client,
        client.get(path, headers={"Host": "penyerang.example"}) as answer,
    ):
        assert answer.status == 403
        assert "kabar web --name" in (await answer.json())["error"]


@pytest.mark.broker
@pytest.mark.parametrize("path", ["/api/articles", "/api/dead/replay"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {**FROM_THE_PAGE, "Origin": "http://penyerang.example"},
        {**FROM_THE_PAGE, "Origin": "null"},
        {**FROM_THE_PAGE, "Origin": "http://127.0.0.1:1"},
        {**FROM_THE_PAGE, "Sec-Fetch-Site": "cross-site"},
        {**FROM_THE_PAGE, "Sec-Fetch-Site": "same-site"},
        {**FROM_THE_PAGE, "Host": "penyerang.example"},
    ],
)
async def test_what_another_site_sends_changes_nothing(
    broker_address: str, path: str, headers: dict[str, str]
) -> None:
    cluster = await Cluster.made(broker_address, prefix="page-guard")
    content = {"Content-Type": "application/json"}
    async with (
        served(cluster.settings) as client,
        client.post(path, data=article(), headers=headers | content) as answer,
    ):
        assert answer.status == 403
    assert await cluster.on(topics.RAW) == []


@pytest.mark.broker
async def test_every_answer_forbids_scripts_that_are_not_ours(broker_address: str) -> None:
    cluster = await Cluster.made(broker_address, prefix="page-guard")
    async with served(cluster.settings) as client:
        for path in ("/", "/static/main.js", "/events", "/api/state", "/api/dead", "/tidak-ada"):
            async with client.get(path) as answer:
                policy = answer.headers["Content-Security-Policy"]
                assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
                assert "unsafe" not in policy
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.broker
async def test_only_the_files_of_the_page_are_served(broker_address: str) -> None:
    cluster = await Cluster.made(broker_address, prefix="page-guard")
    async with served(cluster.settings) as client:
        for path in ("/static/../server.py", "/static/%2e%2e/server.py", "/static/", "/static//etc/passwd"):
            async with client.get(path) as answer:
                assert answer.status == 404
        async with client.get("/") as first:
            tag = first.headers["ETag"]
            assert first.content_type == "text/html"
        async with client.get("/", headers={"If-None-Match": tag}) as second:
            assert second.status == 304


def test_the_page_asks_for_nothing_from_elsewhere_and_has_no_script_of_its_own() -> None:
    page = STATIC.joinpath("index.html").read_text(encoding="utf-8")
    assert re.findall(r'(?:src|href)="(?!/static/|#)', page) == []
    assert re.findall(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=", page) == []


def test_no_script_of_the_page_makes_markup_of_text() -> None:
    scripts = [entry for entry in STATIC.iterdir() if entry.name.endswith(".js")]
    assert len(scripts) > 5
    forbidden = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function")
    assert [entry.name for entry in scripts if forbidden.search(entry.read_text(encoding="utf-8"))] == []
