import json

import pytest
from atlas_cli.__main__ import main, parser
from atlas_cli.client import AtlasClient
from atlas_cli.connection import GatewayError
from atlas_cli.crawls import pace
from rich.console import Console

PACE = ("images_per_second", "eta_seconds")


@pytest.fixture
def atlas(client: AtlasClient, capsys: pytest.CaptureFixture[str]):
    """Runs a command line as the user would, and gives what it printed."""

    async def run(*words: str) -> str:
        arguments = parser().parse_args(words)
        await arguments.run(client, Console(width=200, markup=False), arguments)
        return capsys.readouterr().out

    return run


def crawl(state: str) -> dict[str, object]:
    pace = {"images_per_second": 20.0, "eta_seconds": 65.0} if state == "running" else dict.fromkeys(PACE, 0)
    progress = {"found": 4, "stored": 2, "duplicate": 1, "failed": 1, "failures": {"truncated_image": 1}} | pace
    return {"crawl_id": "7", "state": state, "progress": progress, "detail": ""}


@pytest.mark.parametrize(
    ("location", "kind"), [("https://example.org", "web"), ("pack.zip", "archive"), ("stickers", "folder")]
)
async def test_the_kind_of_a_source_is_told_from_its_looks(gateway, atlas, location: str, kind: str) -> None:
    gateway.answer("/crawls", crawl("running"))
    await atlas("crawl", location, "--detach")
    assert f'"kind":"{kind}"' in gateway.requests[0].content.decode().replace(": ", ":")


async def test_a_folder_that_is_here_is_named_whole(gateway, atlas, tmp_path, monkeypatch) -> None:
    (tmp_path / "stickers").mkdir()
    monkeypatch.chdir(tmp_path)
    gateway.answer("/crawls", crawl("running"))
    await atlas("crawl", "stickers", "--detach")
    assert json.loads(gateway.requests[0].content)["source"]["location"] == str(tmp_path / "stickers")


async def test_crawls_are_listed_with_what_they_came_from(gateway, atlas) -> None:
    source = {"kind": "web", "location": "https://[::1]/[b]"}
    gateway.answer("/crawls?limit=200", {"items": [crawl("paused") | {"source": source, "started_at": None}]})
    printed = await atlas("crawls")
    assert "paused" in printed
    assert "web https://[::1]/[b]" in printed


async def test_a_crawl_is_shown_until_it_ends(gateway, atlas) -> None:
    gateway.answer("/crawls", crawl("running"))
    gateway.answer("/crawls/7", crawl("running"), crawl("finished"))
    printed = await atlas("crawl", "https://example.org")
    assert "2 stored, 1 duplicates, 1 failed, finished" in printed
    assert "truncated_image: 1" in printed
    assert "`atlas run` groups those" in printed


async def test_a_crawl_that_fails_says_why_and_ends_the_command(gateway, atlas) -> None:
    gateway.answer("/crawls/7", crawl("failed") | {"detail": "folder_refused"})
    with pytest.raises(GatewayError, match="crawl 7 failed: folder_refused"):
        await atlas("watch", "7")


def test_a_pace_tells_how_long_a_crawl_will_take() -> None:
    assert pace({"images_per_second": 20.0, "eta_seconds": 65.0}) == ", 20 a second, 0:01:05 left"
    assert pace({"images_per_second": 0, "eta_seconds": 0}) == ""


async def test_failed_links_of_a_crawl_are_tried_again(gateway, atlas) -> None:
    gateway.answer("/crawls/7:retry", crawl("running"))
    gateway.answer("/crawls/7", crawl("finished"))
    assert "finished" in await atlas("retry", "7", "--reason", "timeout")
    assert b"timeout" in gateway.requests[0].content


async def test_stickers_that_could_not_be_embedded_are_tried_again(gateway, atlas) -> None:
    gateway.answer("/embedding:retry", {"queued": 3})
    assert await atlas("retry", "embedding") == "3 stickers are embedded again.\n"


@pytest.mark.parametrize(("verb", "state"), [("pause", "paused"), ("resume", "running"), ("cancel", "cancelled")])
async def test_a_crawl_can_be_told_to(gateway, atlas, verb: str, state: str) -> None:
    gateway.answer(f"/crawls/7:{verb}", crawl(state))
    assert await atlas(verb, "7") == f"Crawl 7 is {state}.\n"


async def test_a_run_tells_how_it_ended(gateway, atlas) -> None:
    run = {"run_id": "1", "state": "published", "stage": "", "progress": 1.0, "detail": ""}
    gateway.answer("/runs", run)
    gateway.answer("/runs/1", run | {"stickers": 30, "albums": 3, "outliers": 2})
    assert "Run 1 is published: 30 stickers in 3 albums, 2 outliers." in await atlas("run", "--k", "3")


@pytest.mark.parametrize(
    ("words", "continues"), [((), ""), (("--afresh",), "none"), (("--continue", "run-7"), "run-7")]
)
async def test_a_run_goes_on_from_the_one_that_is_named_or_begins_afresh(
    gateway, atlas, words: tuple[str, ...], continues: str
) -> None:
    run = {"run_id": "1", "state": "failed", "stage": "", "progress": 1.0, "detail": "no_stickers"}
    gateway.answer("/runs", run)
    gateway.answer("/runs/1", run)
    with pytest.raises(GatewayError, match="run 1 failed: no_stickers"):
        await atlas("run", *words)
    assert json.loads(gateway.requests[0].content)["continues"] == continues


async def test_status_counts_failures_by_reason(gateway, atlas) -> None:
    counts = dict.fromkeys(("found", "stored", "duplicate", "embedded", "assigned", "outliers"), 5)
    gateway.answer("/status", {**counts, "failed": {"truncated_image": 2}, "embedding_failed": {"corrupt_image": 1}})
    printed = await atlas("status")
    assert "failed: truncated_image" in printed
    assert "embedding failed: corrupt_image" in printed


async def test_uploads_tell_what_was_known(gateway, atlas, tmp_path) -> None:
    (tmp_path / "cat.png").write_bytes(b"cat")
    gateway.answer("/images", {"sha256": "a" * 64, "duplicate": True})
    assert "(known already)" in await atlas("upload", str(tmp_path / "cat.png"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "--k", "0"), "neither auto nor a whole number from 1"),
        (("run", "--k", "many"), "neither auto nor a whole number from 1"),
        (("crawl", "https://a.example", "--option", "anywhere"), "not NAME=VALUE"),
        (("--env", "nowhere.env", "runs"), "there is no file nowhere.env"),
        (("search", "nowhere.png"), "nowhere.png: No such file or directory"),
    ],
)
def test_a_wrong_word_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    monkeypatch.setattr("sys.argv", ["atlas", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert said in f"{ended.value.code} {capsys.readouterr().err}"


async def test_ids_are_printed_whole_on_a_narrow_terminal(gateway, client: AtlasClient, capsys) -> None:
    album_id, medoid = "album-" + 16 * "7", 64 * "8"
    gateway.answer("/albums?limit=200", {"items": [{"album_id": album_id, "name": "", "size": 1, "medoid": medoid}]})
    arguments = parser().parse_args(["albums"])
    await arguments.run(client, Console(width=60), arguments)
    printed = capsys.readouterr().out
    assert (printed.count("7"), printed.count("8")) == (16, 64)


async def test_without_albums_a_person_is_told_how_to_make_some(gateway, atlas) -> None:
    gateway.answer("/albums?limit=200", {"items": []})
    assert "`atlas run`" in await atlas("albums")


async def test_a_search_tells_the_album_that_a_picture_would_belong_to(gateway, atlas, tmp_path) -> None:
    (tmp_path / "cat.png").write_bytes(b"cat")
    albums = [
        {"album_id": f"album-{n}", "name": name, "strength": 0.4} for n, name in enumerate(("Cats", None, "Dogs"))
    ]
    gateway.answer("/search", {"neighbours": [], "albums": albums})
    printed = await atlas("search", str(tmp_path / "cat.png"))
    assert "It would belong to Cats (strength 0.40).\nNext come album-1, Dogs.\n" in printed
