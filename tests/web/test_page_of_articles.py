"""The page in a browser: articles, their marks, filters, and thousands of them."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page, expect

from streams import topics
from tests.web.cluster import Cluster, report
from tests.web.conftest import Opened

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.asyncio(loop_scope="session")]

EMOJI = "🕊️🤝👨‍👩‍👧 "
ROWS = "#feed .row"


async def marks(page: Page, where: str) -> Any:
    return await page.locator(f"{where} mark").evaluate_all(
        "marks => marks.map(mark => [mark.dataset.type, mark.textContent])"
    )


async def titles(page: Page) -> list[str]:
    return await page.locator(f"{ROWS} h3").all_text_contents()


async def test_an_article_appears_with_its_names_marked_where_they_stand(
    cluster: Cluster, opened: Opened
) -> None:
    title = f"{EMOJI}Retno Marsudi bertemu Lavrov di Jakarta"
    text = f"Di Jakarta{EMOJI}, Retno Marsudi menerima Lavrov 🎉.\n\nASEAN menyambut{EMOJI}ASEAN."
    page = await opened(cluster.settings)
    await cluster.enrich(
        report(
            "emoji",
            title=title,
            text=text,
            names={"Retno Marsudi": "PERSON", "Lavrov": "PERSON", "Jakarta": "GPE", "ASEAN": "ORG"},
        )
    )

    in_title = [["PERSON", "Retno Marsudi"], ["PERSON", "Lavrov"], ["GPE", "Jakarta"]]
    in_text = [
        ["GPE", "Jakarta"],
        ["PERSON", "Retno Marsudi"],
        ["PERSON", "Lavrov"],
        ["ORG", "ASEAN"],
        ["ORG", "ASEAN"],
    ]
    await expect(page.locator(f"{ROWS} h3")).to_have_text(title)
    assert await marks(page, f"{ROWS} h3") == in_title
    await page.locator(ROWS).click()
    assert await marks(page, "#reader h2") == in_title
    assert await marks(page, "#reader .text") == in_text
    assert await page.locator("#reader .text").text_content() == text


async def test_evidence_is_underlined_also_within_a_name(cluster: Cluster, opened: Opened) -> None:
    await cluster.enrich(
        report(
            "bukti",
            text="Menlu Retno Marsudi berunding.",
            names={"Retno Marsudi": "PERSON"},
            evidence={"Menlu Retno": "diplomacy"},
        )
    )
    page = await opened(cluster.settings)
    evidence = page.locator(f"{ROWS} .excerpt [data-evidence=diplomacy]")
    assert await evidence.all_text_contents() == ["Menlu ", "Retno"]
    assert await marks(page, f"{ROWS} .excerpt") == [["PERSON", "Retno Marsudi"]]
    await expect(evidence.first).to_have_css("text-decoration-line", "underline")


async def test_markup_in_an_article_is_shown_and_does_nothing(cluster: Cluster, opened: Opened) -> None:
    hostile = "<script>document.title='x'</script><img src=x onerror=\"document.title='x'\"><b>tebal</b>"
    await cluster.enrich(
        report(
            "skrip",
            title=hostile,
            text=hostile,
            names={"<b>tebal</b>": "ORG"},
            source=hostile,
            url="javascript:alert(1)",
        )
    )
    page = await opened(cluster.settings)
    await expect(page.locator(f"{ROWS} h3")).to_have_text(hostile)
    await page.locator(ROWS).click()
    assert await page.locator("#reader h2").text_content() == hostile
    assert (
        await page.locator(
            ":is(#feed, #reader) :is(script, img, b:not(.topic b, dd b), [href^=javascript])"
        ).count()
        == 0
    )
    assert await page.title() == "Kabar"


async def test_the_filters_leave_what_is_meant(cluster: Cluster, opened: Opened) -> None:
    await cluster.enrich(
        report("a", title="Menlu berunding", evidence={"berunding": "diplomacy"}, names={"Jakarta": "GPE"}),
        report("b", title="Densus menangkap", evidence={"menangkap": "terrorism"}, names={"Densus": "ORG"}),
        report("c", title="Persib menang", names={"Persib Bandung": "ORG"}),
        report(
            "d", title="Persija wins", text="Football in Jakarta.", language="en", names={"Jakarta": "GPE"}
        ),
    )
    page = await opened(cluster.settings)
    await expect(page.locator(ROWS)).to_have_count(4)
    clear = page.locator("#filter-clear")

    async def left(*expected: str) -> None:
        await expect(page.locator(ROWS)).to_have_count(len(expected))
        assert sorted(await titles(page)) == sorted(expected)
        await expect(page.locator("#matching")).to_have_text(f"{len(expected)} of 4")
        await clear.click()
        await expect(page.locator("#matching")).to_have_text("4 articles")

    await page.locator("#filter-topic").select_option("diplomacy")
    await left("Menlu berunding")
    await page.locator("#filter-topic").select_option("none")
    await left("Persib menang", "Persija wins")
    await page.locator("#filter-words").fill("BANDUNG persib menang")
    await left("Menlu berunding", "Densus menangkap", "Persib menang")
    await page.locator("#filter-language").select_option("en")
    await left("Persija wins")
    await page.locator("#filter-name").fill("jakarta")
    await left("Menlu berunding", "Persija wins")
    await page.get_by_role("button", name="Organisation").click()
    await left("Densus menangkap", "Persib menang")
    await page.get_by_role("button", name="Organisation").click()
    await page.locator("#filter-name").fill("jakarta")
    await left()


async def test_a_topic_of_ones_own_is_counted_filtered_by_and_coloured(
    cluster: Cluster, opened: Opened
) -> None:
    # A worker with the topic has made its Kafka topic; the page knows nothing else of it.
    await cluster.add(topics.own("cyber-crime"))
    await cluster.write(topics.own("cyber-crime"), b"{}")
    await cluster.enrich(
        report("a", title="Peretas dibekuk", evidence={"Peretas": "cyber-crime"}, own=["cyber-crime"]),
        report("b", title="Menlu berunding", evidence={"berunding": "diplomacy"}, own=["cyber-crime"]),
        report("c", title="Persib menang", own=["cyber-crime"]),
    )
    page = await opened(cluster.settings)
    cell = page.locator("#figures div", has_text="Cyber crime")
    await expect(cell.locator(".value")).to_have_text("1")
    assert await page.locator("#figures dt").all_text_contents() == [
        *("Raw", "Clean", "Tagged", "Enriched", "Diplomacy", "Terrorism", "Cyber crime", "Dead", "Latency")
    ]
    options = page.locator("#filter-topic option")
    assert await options.all_text_contents() == ["Any", "Diplomacy", "Terrorism", "Cyber crime", "None"]

    await page.locator("#filter-topic").select_option("none")
    await expect(page.locator("#matching")).to_have_text("1 of 3")
    await page.locator("#filter-topic").select_option("cyber-crime")
    await expect(page.locator("#matching")).to_have_text("1 of 3")
    await expect(page.locator(f"{ROWS} h3")).to_have_text(["Peretas dibekuk"])
    await expect(page.locator(f"{ROWS} .topic")).to_have_text("cyber-crime 0.90")
    await expect(page.locator(f"{ROWS} h3 [data-evidence=cyber-crime]")).to_have_text("Peretas")
    await page.locator(ROWS).click()
    assert await page.locator("#reader .topics dt").all_text_contents() == [
        *("diplomacy", "terrorism", "cyber-crime")
    ]


async def test_of_5000_articles_only_what_can_be_seen_is_in_the_document(
    cluster: Cluster, opened: Opened
) -> None:
    page = await opened(cluster.settings)
    for start in range(0, 5000, 500):
        await cluster.enrich(
            *(report(f"n-{number}", title=f"Berita {number}") for number in range(start, start + 500))
        )
        await expect(page.locator("#matching")).to_have_text(f"{start + 500:,} articles", timeout=30_000)

    for where in ("0", "document.querySelector('#feed').scrollHeight / 2", "1e9"):
        await page.evaluate(f"document.querySelector('#feed').scrollTop = {where}")
        await expect(page.locator(ROWS).first).to_be_attached()
        assert await page.locator(ROWS).count() < 40
        assert await page.evaluate("document.querySelectorAll('*').length") < 1_500
    last = page.locator(f"{ROWS}[aria-posinset='5000']")
    await expect(last).to_be_in_viewport()
    await expect(last).to_have_attribute("aria-setsize", "5000")


async def test_what_is_read_does_not_move_when_new_articles_come(cluster: Cluster, opened: Opened) -> None:
    await cluster.enrich(*(report(f"lama-{number}", title=f"Lama {number}") for number in range(40)))
    page = await opened(cluster.settings)
    await expect(page.locator("#matching")).to_have_text("40 articles")
    await page.evaluate("document.querySelector('#feed').scrollTop = 1000")
    row = page.locator(f"{ROWS}[aria-posinset='11']")
    title, box = await row.locator("h3").text_content(), await row.bounding_box()

    await cluster.enrich(*(report(f"baru-{number}", title=f"Baru {number}") for number in range(3)))
    await expect(page.locator("#held")).to_have_text("3 new")
    assert (await row.locator("h3").text_content(), await row.bounding_box()) == (title, box)

    await page.locator("#held").click()
    await expect(page.locator("#matching")).to_have_text("43 articles")
    await expect(page.locator("#held")).to_be_hidden()
    first = page.locator(f"{ROWS}[aria-posinset='1']")
    await expect(first).to_be_in_viewport()
    assert (await first.locator("h3").text_content() or "").startswith("Baru")


async def test_the_keyboard_goes_from_article_to_article(cluster: Cluster, opened: Opened) -> None:
    for number in range(3):
        await cluster.enrich(report(f"k-{number}", title=f"Berita {number}"))
    page = await opened(cluster.settings)
    await expect(page.locator(ROWS)).to_have_count(3)

    async def at(title: str) -> None:
        await expect(page.locator(f"{ROWS}:focus h3")).to_have_text(title)
        await expect(page.locator("#reader h2")).to_have_text(title)

    await page.keyboard.press("j")
    await at("Berita 2")
    await page.keyboard.press("ArrowDown")
    await at("Berita 1")
    await page.keyboard.press("End")
    await at("Berita 0")
    await page.keyboard.press("k")
    await at("Berita 1")
    await page.keyboard.press("Enter")
    await expect(page.locator("#reader")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator(f"{ROWS}:focus h3")).to_have_text("Berita 1")
    await page.keyboard.press("/")
    await expect(page.locator("#filter-words")).to_be_focused()
    await page.keyboard.type("jk")
    await expect(page.locator("#filter-words")).to_have_value("jk")


async def test_an_article_that_is_deleted_goes_from_list_and_reader(cluster: Cluster, opened: Opened) -> None:
    await cluster.enrich(report("rahasia", title="Yang ditarik"))
    page = await opened(cluster.settings)
    await page.locator(ROWS).click()
    await expect(page.locator("#reader h2")).to_have_text("Yang ditarik")
    await cluster.write(topics.ENRICHED, None, key=b"rahasia")
    await expect(page.locator("#reader")).to_contain_text("Deleted by its publisher")
    await expect(page.locator(ROWS)).to_contain_text("Deleted by its publisher")
    await expect(page.get_by_text("Yang ditarik")).to_have_count(0)


async def test_on_a_phone_an_article_covers_the_list_and_goes_back_to_it(
    cluster: Cluster, opened: Opened
) -> None:
    await cluster.enrich(report("ponsel", title="Dibaca di ponsel " * 10, text="Panjang " * 300))
    page = await opened(cluster.settings, phone=True)
    await page.locator(ROWS).tap()
    await expect(page.locator("#reader")).to_be_in_viewport()
    assert await page.evaluate("document.documentElement.scrollWidth") == 390
    await page.get_by_role("button", name="Back to the list").tap()
    await expect(page.locator("#reader")).to_be_hidden()
    await expect(page.locator(f"{ROWS}:focus")).to_have_count(1)


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("abc", []),
        ("", [(0, 1)]),
        ("👨‍👩‍👧a😀b", [(5, 6), (6, 8)]),
        ("éé ẽ", [(1, 2)]),
        ("abcdef", [(1, 4), (2, 6)]),
        ("abc", [(2, 99), (7, 9)]),
        ("abc", [(2, 2), (2, 1)]),
        ("😀" * 50 + "x", [(49, 51)]),
    ],
)
async def test_texts_are_cut_where_python_would_cut_them(
    cluster: Cluster, opened: Opened, text: str, spans: list[tuple[int, int]]
) -> None:
    page = await opened(cluster.settings)
    pieces = await page.evaluate(
        """async ([text, spans]) => {
            const { segments } = await import("/static/spans.js");
            return segments(text, spans.map(([start, end], entity) => ({ start, end, entity: { entity } })));
        }""",
        [text, spans],
    )
    assert "".join(piece["text"] for piece in pieces) == text
    found = {piece["entity"]["entity"] for piece in pieces if piece["entity"]}
    for number in found:
        start, end = spans[number]
        own = "".join(piece["text"] for piece in pieces if piece["entity"] == {"entity": number})
        assert own in text[start:end]
        if len(spans) == 1 or number == 0:
            assert own == text[start:end]
    assert found == {number for number, (start, end) in enumerate(spans) if start < min(end, len(text))}
