"""Topics of one's own in the settings, the stages and the events."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator

from streams import own_topics, topics
from streams.agents import classify
from streams.chain import Chain
from streams.errors import BadConfiguration, ModelMissing
from streams.events import EnrichedArticle
from streams.nlp import model
from streams.own_topics import TrainedTopic
from streams.pool import Pool
from streams.records import Emit, Outcome, Record, last_header
from streams.settings import load
from tests.broker.articles import ATTACK, FOOTBALL, article
from tests.contract_documents import message_of, problems_of_headers, problems_of_value
from tests.own_topic import HACKED, HARVEST, labelled, learned, relabelled

pytest.importorskip("sklearn", reason="`kabar train` needs the extra `train`")

RELEASED = Path(__file__).parent / "data" / "released-schemas" / "enriched-article.json"
BODIES = (HACKED, HARVEST, ATTACK, FOOTBALL, f"{HACKED} {ATTACK}")


def outcomes(*folders: Path, values: tuple[bytes | None, ...] = tuple(map(article, BODIES))) -> list[Outcome]:
    chain = Chain.of(load(own_topics=",".join(map(str, folders))))
    records = [Record("news.articles.raw", 0, n, 0, b"kunci", value) for n, value in enumerate(values)]
    return chain.outcomes(records)


def events(*folders: Path) -> list[dict[str, Any]]:
    emitted = [outcome for outcome in outcomes(*folders) if isinstance(outcome, Emit)]
    assert len(emitted) == len(BODIES)
    return [orjson.loads(emit.value or b"") for emit in emitted]


def ids(outcome: Outcome) -> list[str | None]:
    """The `ce_id` of each stage's event."""
    assert isinstance(outcome, Emit)
    return [last_header(emit.headers, "ce_id") for emit in (*outcome.earlier, outcome)]


def copied(folder: Path, to: Path, change: Callable[[dict[str, Any]], Any] = lambda _: None) -> Path:
    """Another folder of the topic, with its description changed."""
    shutil.copytree(folder, to)
    told = json.loads((to / own_topics.DESCRIPTION).read_text(encoding="utf-8"))
    change(told)
    (to / own_topics.DESCRIPTION).write_text(json.dumps(told), encoding="utf-8")
    return to


def renamed(folder: Path, to: Path, name: str) -> Path:
    """The same topic under another name."""
    copied(folder, to, lambda told: told.update(id=name))
    settings = json.loads((to / "topics.json").read_text(encoding="utf-8"))
    (to / "topics.json").write_text(json.dumps(settings | {"topics": [name]}), encoding="utf-8")
    return to


def test_it_stands_beside_the_two_with_score_and_evidence(cyber: Path) -> None:
    hacked, harvest, *_ = events(cyber)
    [about], [other] = hacked["own_topics"], harvest["own_topics"]

    assert (about["id"], about["medtop"], about["assigned"], other["assigned"]) == (
        "cyber",
        None,
        True,
        False,
    )
    assert about["score"] > other["score"]
    assert 1 <= len(about["evidence"]) <= 5
    assert other["evidence"] == []
    for span in about["evidence"]:
        assert hacked[span["field"]][span["start"] : span["end"]] == span["text"] != ""


def test_all_else_of_an_event_is_as_it_is_without(cyber: Path) -> None:
    for event, without in zip(events(cyber), events(), strict=True):
        assert "own_topics" not in without
        del event["own_topics"]
        assert event == without


def test_an_article_goes_to_each_topic_that_it_is_assigned(cyber: Path) -> None:
    written = [
        [topic.suffix for topic in outcome.topics] for outcome in outcomes(cyber) if isinstance(outcome, Emit)
    ]
    assert written == [
        ["topics.cyber", "articles.enriched"],
        ["articles.enriched"],
        ["topics.terrorism", "articles.enriched"],
        ["articles.enriched"],
        ["topics.terrorism", "topics.cyber", "articles.enriched"],
    ]


def test_a_deletion_goes_to_it_too(cyber: Path) -> None:
    [outcome] = outcomes(cyber, values=(None,))
    assert isinstance(outcome, Emit)
    assert [topic.suffix for topic in outcome.topics] == [
        "topics.diplomacy",
        "topics.terrorism",
        "topics.cyber",
        "articles.enriched",
    ]


def test_its_events_are_those_of_the_contract_and_of_the_released_one(cyber: Path) -> None:
    released = Draft202012Validator(orjson.loads(RELEASED.read_bytes()))
    for outcome in outcomes(cyber):
        assert isinstance(outcome, Emit)
        for topic in outcome.topics:
            assert message_of(topic, outcome.value) == "EnrichedArticle"
        assert problems_of_headers("EnrichedArticle", outcome.headers) == []
        assert list(released.iter_errors(orjson.loads(outcome.value or b""))) == []


BREACHES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "one of the two": lambda topic: topic.update(id="diplomacy"),
    "no name of a topic": lambda topic: topic.update(id="Siber & hukum"),
    "no media topic": lambda topic: topic.update(medtop="20000099"),
    "no code at all": lambda topic: topic.pop("medtop"),
    "assigned without evidence": lambda topic: topic.update(evidence=[]),
}


@pytest.mark.parametrize("breach", BREACHES)
def test_the_schema_refuses_a_topic_that_breaks_a_promise(cyber: Path, breach: str) -> None:
    event = copy.deepcopy(events(cyber)[0])
    assert problems_of_value("EnrichedArticle", orjson.dumps(event)) == []
    BREACHES[breach](event["own_topics"][0])
    assert problems_of_value("EnrichedArticle", orjson.dumps(event)) != []


def test_an_event_is_the_same_when_it_is_read_and_written_again(cyber: Path) -> None:
    for folders in ((), (cyber,)):
        for outcome in outcomes(*folders):
            assert isinstance(outcome, Emit)
            assert EnrichedArticle.decode(outcome.value or b"").encode() == outcome.value


def test_event_ids_tell_with_which_topics_an_article_was_classified(cyber: Path, tmp_path: Path) -> None:
    other = learned(tmp_path / "other", relabelled(labelled())).folder
    without, with_it, again, retrained = (
        ids(outcomes(*folders)[0]) for folders in ((), (cyber,), (cyber,), (other,))
    )
    assert with_it == again
    # What the stages before made does not depend on it.
    assert without[:2] == with_it[:2] == retrained[:2]
    assert len({without[2], with_it[2], retrained[2]}) == 3


def test_several_are_listed_in_the_order_of_the_setting(cyber: Path, tmp_path: Path) -> None:
    second = renamed(cyber, tmp_path / "ekonomi", "ekonomi-digital")
    listed = [
        [topic["id"] for topic in events(*folders)[0]["own_topics"]]
        for folders in ((cyber, second), (second, cyber))
    ]
    assert listed == [["cyber", "ekonomi-digital"], ["ekonomi-digital", "cyber"]]


def test_all_topics_are_known_those_on_the_cluster_by_their_names(cyber: Path) -> None:
    there = (
        *(
            "news.topics.sport",
            "news.topics.cyber",
            "news.topics.Huruf",
            "news.topics.a.b",
            "news.topics.dead",
        ),
        *("lain.topics.lain", "news.articles.raw", "news.topics.", "news.topics.diplomacy"),
    )
    found = topics.known(load(own_topics=str(cyber)), there)
    others = [topic.suffix for topic in found if topic not in topics.ALL]
    assert others == ["topics.cyber", "topics.sport"]
    assert [topic for topic in found if topic in topics.ALL] == list(topics.ALL)
    assert topics.known(load()) == topics.ALL


def test_the_setting_is_a_list_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KABAR_OWN_TOPICS", "topik/cyber, /srv/sport,")
    assert load().own_topics == (Path("topik/cyber"), Path("/srv/sport"))
    monkeypatch.setenv("KABAR_OWN_TOPICS", "")
    assert load().own_topics == ()


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=r"^There is no topic in .*/hilang: `kabar train` makes one, or"):
        own_topics.of(load(own_topics=str(tmp_path / "hilang")))


def test_the_same_name_twice_is_refused(cyber: Path, tmp_path: Path) -> None:
    other = copied(cyber, tmp_path / "other")
    with pytest.raises(
        BadConfiguration, match=r"^KABAR_OWN_TOPICS has the topic 'cyber' twice, in .* and in"
    ):
        own_topics.of(load(own_topics=f"{cyber},{other}"))


@pytest.mark.parametrize(
    "name", ["diplomacy", "terrorism", "dead", "none", "Cyber", "9x", "a.b", "a_b", "", "x" * 41]
)
def test_names_that_a_kafka_topic_or_kabar_could_not_take_are_refused(name: str) -> None:
    with pytest.raises(BadConfiguration, match=r"cannot be called"):
        own_topics.check(name, None)


@pytest.mark.parametrize("name", ["cyber", "a", "ekonomi-2", "x" * 40])
def test_other_names_are_taken(name: str) -> None:
    own_topics.check(name, "medtop:04000000")


@pytest.mark.parametrize("medtop", ["04000000", "medtop:4", "medtop:040000001"])
def test_a_code_that_is_no_media_topic_is_refused(medtop: str) -> None:
    with pytest.raises(BadConfiguration, match="is no IPTC Media Topics code"):
        own_topics.check("cyber", medtop)


def loaded(folder: Path) -> None:
    [topic] = own_topics.of(load(own_topics=str(folder)))
    model.load_own(topic)


@pytest.mark.parametrize("part", own_topics.FILES)
@pytest.mark.parametrize("damage", [b"", b"\x00garbled", b"[]", b"{}", None])
def test_a_damaged_folder_is_reported_in_one_sentence(
    cyber: Path, tmp_path: Path, part: str, damage: bytes | None
) -> None:
    folder = copied(cyber, tmp_path / "rusak")
    (folder / part).unlink()
    if damage is not None:
        (folder / part).write_bytes(damage)
    with pytest.raises(ModelMissing, match=r"(There is no topic in|is damaged).*`kabar train`") as caught:
        loaded(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [{"format": 2}, {"id": "diplomacy"}, {"id": "sport"}, {"id": ["cyber"]}, {"medtop": "04"}, {"medtop": 4}],
    ids=str,
)
def test_a_description_that_cannot_be_right_is_damage(
    cyber: Path, tmp_path: Path, change: dict[str, Any]
) -> None:
    folder = copied(cyber, tmp_path / "salah", lambda told: told.update(change))
    with pytest.raises(ModelMissing, match="is damaged"):
        loaded(folder)


@pytest.mark.parametrize(
    "change",
    [{"bias": []}, {"bias": [0.0, 1.0]}, {"threshold": []}, {"signs": []}, {"latent_weights": [1.0]}],
    ids=str,
)
def test_a_model_whose_parts_do_not_fit_is_damage(
    cyber: Path, tmp_path: Path, change: dict[str, Any]
) -> None:
    folder = copied(cyber, tmp_path / "salah")
    settings = json.loads((folder / "topics.json").read_text(encoding="utf-8"))
    (folder / "topics.json").write_text(json.dumps(settings | change), encoding="utf-8")
    with pytest.raises(ModelMissing, match="is damaged"):
        loaded(folder)


def test_a_topic_that_is_trained_anew_under_a_running_worker_stops_it(cyber: Path, tmp_path: Path) -> None:
    folder = copied(cyber, tmp_path / "cyber")
    stage = classify.stage(own_topics.of(load(own_topics=str(folder))))
    learned(folder, relabelled(labelled()))
    with pytest.raises(ModelMissing, match="trained anew while Kabar was running: start Kabar again"):
        stage.transform([EnrichedArticle.model_validate(events()[0])])


def test_an_event_names_the_model_of_the_package_as_ever_and_of_each_topic_its_own(cyber: Path) -> None:
    [own] = own_topics.of(load(own_topics=str(cyber)))
    event = events(cyber)[0]
    assert event["pipeline"] == events()[0]["pipeline"]
    assert [topic["model"] for topic in event["own_topics"]] == [own.name_version]


def test_a_process_goes_on_with_the_version_that_it_began_with(cyber: Path, tmp_path: Path) -> None:
    settings = load(own_topics=str(copied(cyber, tmp_path / "cyber")))
    began = own_topics.of(settings)
    learned(tmp_path / "cyber", relabelled(labelled()))
    assert own_topics.of(settings) == began


def test_a_pool_does_not_start_with_a_damaged_one(cyber: Path, tmp_path: Path) -> None:
    folder = copied(cyber, tmp_path / "rusak")
    (folder / "weights.npz").write_bytes(b"garbled")
    pool = Pool(1, own_topics=[TrainedTopic("cyber", None, folder, "0")])
    try:
        with pytest.raises(ModelMissing, match="is damaged"):
            pool.start()
    finally:
        pool.stop()
