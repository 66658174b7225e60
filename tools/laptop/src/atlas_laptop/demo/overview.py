"""One picture of all albums: a wall of stickers for each."""

from collections.abc import Sequence
from pathlib import Path

from atlas_cli.export import Album
from PIL import Image, ImageDraw, ImageFont, ImageOps

TILE, TITLE, GAP = 64, 28, 16
"""Pixels."""

COLUMNS, ROWS = 12, 2


def draw_overview(albums: Sequence[Album], file: Path) -> None:
    """Draws the walls two abreast into a PNG."""
    walls = [_wall(album) for album in albums if album.stickers]
    lines = [walls[place : place + 2] for place in range(0, len(walls), 2)]
    heights = [max(wall.height for wall in line) for line in lines]
    width = COLUMNS * TILE + GAP
    picture = Image.new("RGB", (2 * width + GAP, sum(heights) + GAP * (len(lines) + 1)), "white")
    top = GAP
    for line, height in zip(lines, heights, strict=True):
        for column, wall in enumerate(line):
            picture.paste(wall, (GAP + column * width, top))
        top += height + GAP
    picture.save(file)


def _wall(album: Album) -> Image.Image:
    shown = album.stickers[: ROWS * COLUMNS]
    wall = Image.new("RGB", (COLUMNS * TILE, TITLE + -(-len(shown) // COLUMNS) * TILE), "white")
    title = f"{album.name}: {len(album.stickers)}"
    ImageDraw.Draw(wall).text((0, 4), title, fill="black", font=ImageFont.load_default(16))
    for place, sticker in enumerate(shown):
        row, column = divmod(place, COLUMNS)
        wall.paste(_tile(sticker.file), (column * TILE, TITLE + row * TILE))
    return wall


def _tile(file: Path) -> Image.Image:
    """The sticker's first frame on white."""
    with Image.open(file) as sticker:
        frame = sticker.convert("RGBA")
    tile = ImageOps.contain(frame, (TILE - 4, TILE - 4))
    white = Image.new("RGBA", (TILE, TILE), "white")
    white.alpha_composite(tile, ((TILE - tile.width) // 2, (TILE - tile.height) // 2))
    return white.convert("RGB")
