"""One picture of all albums: a wall of stickers for each, the biggest first."""

from collections.abc import Sequence
from pathlib import Path

from atlas_cli.export import Album
from PIL import Image, ImageDraw, ImageFont, ImageOps

TILE, COLUMNS, ROWS, TITLE, GAP = 64, 12, 2, 28, 16
"""Pixels, but for the columns and rows of a wall."""


def draw_overview(albums: Sequence[Album], file: Path) -> None:
    """Draws the walls two abreast into a PNG."""
    walls = [_wall(album) for album in sorted(albums, key=lambda album: -len(album.stickers)) if album.stickers]
    width, height = walls[0].size
    lines = -(-len(walls) // 2)
    picture = Image.new("RGB", (2 * width + 3 * GAP, lines * (height + GAP) + GAP), "white")
    for place, wall in enumerate(walls):
        line, column = divmod(place, 2)
        picture.paste(wall, (GAP + column * (width + GAP), GAP + line * (height + GAP)))
    picture.save(file)


def _wall(album: Album) -> Image.Image:
    wall = Image.new("RGB", (COLUMNS * TILE, TITLE + ROWS * TILE), "white")
    title = f"{album.name}  {album.album_id[:8]}  {len(album.stickers)} stickers"
    ImageDraw.Draw(wall).text((0, 4), title, fill="black", font=ImageFont.load_default(16))
    for place, sticker in enumerate(album.stickers[: ROWS * COLUMNS]):
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
