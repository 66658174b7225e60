"""`make plan N=1000000`: what so many stickers need, and cost, from the figures in deploy/plan/figures.toml."""

import argparse
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]
FIGURES = ROOT / "deploy/plan/figures.toml"
PAGE = ROOT / "docs/scale.md"
REFERENCE = 50_655
"""Stickers of the article, at which clustering was measured."""
DIMENSIONS = 2048
HOUR = 3600.0
DAY = 24 * HOUR

Figures = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the plan: a quantity, and the formula that gives it, in the figures' names."""

    what: str
    value: float
    unit: str
    formula: str


def read_figures(file: Path = FIGURES) -> dict[str, float]:
    return {name: float(figure["value"]) for name, figure in tomllib.loads(file.read_text()).items()}


def plan(stickers: int, days: float, figures: Figures) -> list[Row]:
    """What `stickers` need when they are to be crawled and embedded within `days`."""
    return [
        *_storage(stickers, figures),
        *_work(stickers, figures),
        *_rates(stickers, days, figures),
        *_clustering(stickers, figures),
        *_money(stickers, figures),
    ]


def _storage(n: int, f: Figures) -> list[Row]:
    return [
        Row("images", n * f["bytes_per_sticker"] / 1e9, "GB", "N · bytes_per_sticker"),
        Row("thumbnails", n * f["thumbnail_bytes"] / 1e9, "GB", "N · thumbnail_bytes"),
        Row("features", n * f["values_per_sticker"] * 4 / 1e9, "GB", "N · values_per_sticker · 4 B"),
        Row("other tables", n * f["row_bytes"] / 1e9, "GB", "N · row_bytes"),
    ]


def _work(n: int, f: Figures) -> list[Row]:
    frames = n * f["frames_per_sticker"]
    return [
        Row("crawling", n / f["stored_per_core_second"] / HOUR, "core h", "N / stored_per_core_second"),
        Row("decoding", frames / f["decoded_per_core_second"] / HOUR, "core h", "frames / decoded_per_core_second"),
        Row(
            "embedding on processors",
            frames / f["frames_per_core_second"] / HOUR,
            "core h",
            "frames / frames_per_core_second",
        ),
        Row("embedding on GPUs", frames / f["frames_per_gpu_second"] / HOUR, "GPU h", "frames / frames_per_gpu_second"),
    ]


def _rates(n: int, days: float, f: Figures) -> list[Row]:
    seconds = days * DAY
    gpus = math.ceil(n * f["frames_per_sticker"] / f["frames_per_gpu_second"] / seconds)
    return [
        Row("stickers arriving", n / seconds, "/s", "N / time"),
        Row(
            "requests on the store",
            n * f["store_requests_per_sticker"] / seconds,
            "/s",
            "N · store_requests_per_sticker / time",
        ),
        Row("messages on the queue", n * f["messages_per_sticker"] / seconds, "/s", "N · messages_per_sticker / time"),
        Row("GPUs to keep up", gpus, "", "GPU h / time, rounded up"),
    ]


def _clustering(n: int, f: Figures) -> list[Row]:
    """A search on a sample, then passes of Lloyd over everything, at 2 FLOP a dimension, album and sticker."""
    albums = round(f["albums"] * math.sqrt(n / REFERENCE))
    sample = min(n, f["search_sample"])
    search = f["search_core_seconds"] * sample / REFERENCE * albums / f["albums"]
    polish = f["polish_passes"] * n * albums * DIMENSIONS * 2 / f["core_flops"]
    return [
        Row("albums", albums, "", "albums · √(N / 50,655)"),
        Row("clustering, search", search / HOUR, "core h", "search_core_seconds · sample / 50,655 · albums / 20"),
        Row("clustering, polish", polish / HOUR, "core h", "polish_passes · N · albums · 2048 · 2 / core_flops"),
        Row("clustering on 64 cores", (search + polish) / 64 / HOUR, "h", "(search + polish) / 64"),
    ]


def _money(n: int, f: Figures) -> list[Row]:
    amounts = {row.what: row.value for row in (*_storage(n, f), *_work(n, f), *_clustering(n, f))}
    cores = sum(amounts[what] for what in ("crawling", "decoding", "clustering, search", "clustering, polish"))
    gigabytes = sum(row.value for row in _storage(n, f))
    requests = n * f["store_requests_per_sticker"] / 1000
    return [
        Row("GPU time", amounts["embedding on GPUs"] * f["price_gpu_hour"], "USD", "GPU h · price_gpu_hour"),
        Row("processor time", cores * f["price_core_hour"], "USD", "core h · price_core_hour"),
        Row("requests", requests * f["price_thousand_requests"], "USD", "requests / 1000 · price_thousand_requests"),
        Row("storage", gigabytes * f["price_gigabyte_month"], "USD/month", "GB · price_gigabyte_month"),
    ]


def table(sizes: Mapping[int, float], figures: Figures) -> str:
    """A Markdown table: one column a size, given as stickers and days."""
    plans = [plan(stickers, days, figures) for stickers, days in sizes.items()]
    heads = [f"{stickers:,} in {days:g} day{'s' if days != 1 else ''}" for stickers, days in sizes.items()]
    lines = [f"| | {' | '.join(heads)} | |", f"|---|{'---:|' * len(heads)}---|"]
    for rows in zip(*plans, strict=True):
        cells = " | ".join(f"{_short(row.value)} {row.unit}".rstrip() for row in rows)
        lines.append(f"| {rows[0].what} | {cells} | {rows[0].formula} |")
    return "\n".join(lines) + "\n"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="make plan", description=__doc__)
    parser.add_argument("stickers", type=int)
    parser.add_argument("--days", type=float, default=7)
    arguments = parser.parse_args()
    if min(arguments.stickers, arguments.days) <= 0:
        parser.error("stickers and days are more than 0")
    print(table({arguments.stickers: arguments.days}, read_figures()), end="")


if __name__ == "__main__":
    main()
