"""What the demo found: whether the counts add up, and the tables that say so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from atlas_cli.connection import Json
from atlas_cli.export import Album
from rich.console import Console
from rich.table import Table

from atlas_laptop.demo.exhibit import Exhibit
from atlas_laptop.demo.score import Agreement, agreement

MIB = 1 << 20


@dataclass(frozen=True)
class Outcome:
    """All that the demo has seen: the crawl's end, the status after the run, and the albums it brought home."""

    exhibit: Exhibit
    crawl: Json
    status: Json
    run: Json
    albums: Sequence[Album]

    @property
    def exported(self) -> int:
        return sum(len(album.stickers) for album in self.albums)


def sums(outcome: Outcome) -> dict[str, tuple[int, int]]:
    """Pairs of counts, each from another part of the system, that must be equal."""
    crawl, status = outcome.crawl["progress"], outcome.status
    pairs = {
        "links found = stored + duplicates + failures": (
            crawl["found"],
            crawl["stored"] + crawl["duplicate"] + crawl["failed"],
        ),
        "stored = feature rows + failures": (
            status["stored"],
            status["embedded"] + sum(status["embedding_failed"].values()),
        ),
        "feature rows = assignments + outliers": (status["embedded"], status["assigned"] + status["outliers"]),
        "feature rows = files in album folders": (status["embedded"], outcome.exported),
    }
    if outcome.exhibit.stickers is not None and outcome.exhibit.bad is not None:
        pairs["pictures on the site = links found"] = (outcome.exhibit.stickers + outcome.exhibit.bad, crawl["found"])
        pairs["bad files = failures"] = (outcome.exhibit.bad, crawl["failed"])
        pairs["bad files = reasons"] = (outcome.exhibit.bad, len(crawl["failures"]))
    return pairs


def scores(albums: Sequence[Album]) -> tuple[int, Agreement] | None:
    """How many series the stickers came from, by the folder each was seen in, and how far the albums agree with them.

    Outliers count as one more album. None where all stickers came from one folder.
    """
    placed = [
        (sticker.seen[0].parent.name, album.album_id) for album in albums for sticker in album.stickers if sticker.seen
    ]
    series, found = zip(*placed, strict=True) if placed else ((), ())
    return (len(set(series)), agreement(series, found)) if len(set(series)) > 1 else None


def print_report(console: Console, outcome: Outcome, seconds: Mapping[str, float], peaks: Mapping[str, int]) -> None:
    console.print(
        _result(outcome), _failures(outcome), _stages(seconds), _memory(peaks), _sums(outcome), soft_wrap=False
    )


def _result(outcome: Outcome) -> Table:
    table = Table(title="Albums", show_header=False)
    table.add_row("stickers", str(outcome.status["stored"]))
    table.add_row("albums", str(outcome.run["albums"]))
    table.add_row("outliers", str(outcome.run["outliers"]))
    table.add_row("model", outcome.status["model"] or "")
    if scored := scores(outcome.albums):
        series, found = scored
        table.add_row("series", str(series))
        table.add_row("purity", f"{found.purity:.3f}")
        table.add_row("NMI", f"{found.nmi:.3f}")
        table.add_row("ARI", f"{found.ari:.3f}")
    return table


def _failures(outcome: Outcome) -> Table:
    table = Table("stage", "reason", "stickers", title="Failures")
    for stage, reasons in (
        ("crawl", outcome.crawl["progress"]["failures"]),
        ("embed", outcome.status["embedding_failed"]),
    ):
        for reason, count in sorted(reasons.items()):
            table.add_row(stage, reason, str(count))
    return table


def _stages(seconds: Mapping[str, float]) -> Table:
    table = Table("stage", "seconds", title="Time")
    for stage, spent in seconds.items():
        table.add_row(stage, f"{spent:.1f}")
    return table


def _memory(peaks: Mapping[str, int]) -> Table:
    table = Table("part", "MiB", title="Peak memory")
    for part, peak in peaks.items():
        table.add_row(part, str(peak // MIB))
    return table


def _sums(outcome: Outcome) -> Table:
    table = Table("sum", "", "", "", title="Counts")
    for name, (left, right) in sums(outcome).items():
        table.add_row(name, str(left), str(right), "equal" if left == right else "DIFFERENT")
    return table
