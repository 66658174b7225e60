"""Faces drawn on the spot, so that pictures of the gallery show nobody's stickers."""

import io
import random

from PIL import Image, ImageDraw

SIDE = 480
SERIES = {
    "Pandas": ("white", "#222", "ears"),
    "Cats": ("#f6b26b", "#7a4a12", "points"),
    "Frogs": ("#8fce5a", "#2f6b1c", "bulges"),
    "Jellies": ("#d9d2f3", "#5b4b9a", "cube"),
    "Robots": ("#b7c9d9", "#33475b", "box"),
    "Chicks": ("#ffe066", "#c77700", "tuft"),
}


def face(series: str, number: int, kind: str = "PNG") -> bytes:
    """A sticker of a series; each number has a look of its own. As a GIF, it winks."""
    skin, line, head = SERIES[series]
    frames = [_drawn(skin, line, head, random.Random(f"{series}-{number}"), wink) for wink in (False, True)]
    more = {"save_all": True, "append_images": frames[1:], "duration": 500, "disposal": 2} if kind == "GIF" else {}
    content = io.BytesIO()
    frames[0].save(content, kind, **more)
    return content.getvalue()


def _drawn(skin: str, line: str, head: str, chance: random.Random, wink: bool) -> Image.Image:
    image = Image.new("RGBA", (SIDE, SIDE))
    pen = ImageDraw.Draw(image)
    _head(pen, skin, line, head)
    look = chance.randint(-12, 12)
    _eyes(pen, line, head, chance.choice(["dots", "shut", "wide", "angry"]), look, wink)
    _mouth(pen, line, chance.choice(["smile", "flat", "open", "sad", "tongue"]), look)
    if chance.random() < 0.4:
        for x in (130, 310):
            pen.ellipse((x, 290, x + 44, 314), fill="#f4978e")
    return image.resize((SIDE // 2, SIDE // 2), Image.Resampling.LANCZOS)


def _head(pen: ImageDraw.ImageDraw, skin: str, line: str, head: str) -> None:
    ink = {"outline": line, "width": 12}
    match head:
        case "ears":
            for x in (70, 300):
                pen.ellipse((x, 50, x + 110, 160), fill=line)
        case "points":
            for x, inner in ((80, 170), (400, 310)):
                pen.polygon([(x, 60), (inner, 110), (x, 210)], fill=skin, **ink)
        case "bulges":
            for x in (100, 280):
                pen.ellipse((x, 50, x + 100, 170), fill=skin, **ink)
        case "tuft":
            for x in (200, 240, 280):
                pen.line([(240, 110), (x, 40)], fill=line, width=14)
        case "box":
            pen.line([(240, 30), (240, 100)], fill=line, width=12)
            pen.ellipse((222, 14, 258, 50), fill="#e8590c")
    corners = {"box": 60, "cube": 130}.get(head, 175)
    pen.rounded_rectangle((65, 85, 415, 435), corners, fill=skin, **ink)


def _eyes(pen: ImageDraw.ImageDraw, line: str, head: str, eyes: str, look: int, wink: bool) -> None:
    for side, x in (("left", 165), ("right", 315)):
        if head == "ears":
            pen.ellipse((x - 48, 190, x + 48, 296), fill=line)
        colour = "white" if head == "ears" else line
        if eyes == "shut" or (wink and side == "right"):
            pen.arc((x - 30, 220, x + 30, 270), 200, 340, fill=colour, width=12)
            continue
        size = 26 if eyes == "wide" else 17
        pen.ellipse((x - size + look, 240 - size, x + size + look, 240 + size), fill=colour)
        if eyes == "angry":
            tilt = 24 if side == "left" else -24
            pen.line([(x - 36, 200 - tilt), (x + 36, 200 + tilt)], fill=line, width=13)


def _mouth(pen: ImageDraw.ImageDraw, line: str, mouth: str, look: int) -> None:
    box = (190 + look, 290, 290 + look, 360)
    if mouth == "flat":
        pen.line([(195 + look, 335), (285 + look, 335)], fill=line, width=12)
    elif mouth == "open":
        pen.ellipse((205 + look, 300, 275 + look, 375), fill=line)
    elif mouth == "sad":
        pen.arc((190 + look, 325, 290 + look, 395), 200, 340, fill=line, width=12)
    else:
        pen.arc(box, 20, 160, fill=line, width=12)
        if mouth == "tongue":
            pen.chord((222 + look, 330, 272 + look, 385), 0, 180, fill="#f4978e")
