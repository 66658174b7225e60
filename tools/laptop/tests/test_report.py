import io
from pathlib import Path, PurePosixPath

from atlas_cli.export import Album, Sticker
from atlas_laptop.demo.exhibit import Exhibit
from atlas_laptop.demo.overview import draw_overview
from atlas_laptop.demo.report import Outcome, print_report, scores, sums
from PIL import Image
from rich.console import Console


def album(name: str, folder: Path, *series: str) -> Album:
    """An album of small pictures, one for each series named."""
    stickers = []
    for number, one in enumerate(series):
        file = folder / f"{name}-{number}.png"
        Image.new("RGB", (20, 10), "red").save(file)
        stickers.append(Sticker(str(number), file, (PurePosixPath(f"/stickers/{one}/{number}.png"),)))
    return Album(name, name, stickers)


def outcome(albums: list[Album], assigned: int) -> Outcome:
    failures = {"truncated_image": 1, "empty_file": 1}
    crawl = {"progress": {"found": 6, "stored": 4, "duplicate": 0, "failed": 2, "failures": failures}}
    status = {
        "stored": 4,
        "embedded": 4,
        "embedding_failed": {},
        "assigned": assigned,
        "outliers": 0,
        "model": "inception",
    }
    exhibit = Exhibit(source={}, settings={}, stickers=4, bad=2)
    return Outcome(exhibit, crawl, status, {"albums": 2, "outliers": 0}, albums)


def test_counts_that_agree_add_up(tmp_path: Path) -> None:
    albums = [album("a", tmp_path, "cat", "cat"), album("b", tmp_path, "panda", "panda")]
    assert all(left == right for left, right in sums(outcome(albums, assigned=4)).values())


def test_a_sticker_lost_between_stages_is_noticed(tmp_path: Path) -> None:
    counts = sums(outcome([album("a", tmp_path, "cat", "cat", "cat")], assigned=3))
    assert [name for name, (left, right) in counts.items() if left != right] == [
        "feature rows = assignments + outliers",
        "feature rows = files in album folders",
    ]


def test_albums_are_scored_by_the_folders_that_stickers_were_seen_in(tmp_path: Path) -> None:
    series, found = scores([album("a", tmp_path, "cat", "cat"), album("b", tmp_path, "panda")]) or (0, None)
    assert series == 2
    assert found
    assert found.ari == 1


def test_stickers_of_one_folder_have_no_score(tmp_path: Path) -> None:
    assert scores([album("a", tmp_path, "cat", "cat")]) is None


def test_the_report_names_every_part_stage_and_count(tmp_path: Path) -> None:
    text = io.StringIO()
    shown = outcome([album("a", tmp_path, "cat", "cat"), album("b", tmp_path, "panda", "panda")], assigned=4)
    print_report(Console(file=text, width=120), shown, {"crawl": 1.25}, {"minio": 100 << 20})
    for expected in ("purity", "truncated_image", "crawl", "1.2", "minio", "100", "equal"):
        assert expected in text.getvalue()


def test_the_overview_shows_a_wall_for_each_album(tmp_path: Path) -> None:
    draw_overview([album("a", tmp_path, "cat"), album("b", tmp_path, "panda")], tmp_path / "overview.png")
    with Image.open(tmp_path / "overview.png") as picture:
        assert (255, 0, 0) in {colour for _, colour in picture.getcolors(1 << 16) or ()}
