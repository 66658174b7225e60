from pathlib import Path

from atlas_cli.client import AtlasClient
from atlas_cli.export import export_albums

CAT, PANDA, STRANGER = "a" * 64, "b" * 64, "c" * 64


async def test_every_sticker_of_the_run_lands_in_its_albums_folder(
    gateway, client: AtlasClient, tmp_path: Path
) -> None:
    gateway.answer(
        "/albums?limit=200",
        {"items": [{"album_id": "0123456789", "name": "Big cats"}, {"album_id": "9", "name": None}]},
    )
    gateway.answer("/albums/0123456789/members?limit=200", {"items": [{"sha256": CAT}]})
    gateway.answer("/albums/9/members?limit=200", {"items": [{"sha256": PANDA}]})
    gateway.answer("/outliers?limit=200", {"items": [{"sha256": STRANGER}]})
    for sha256, seen in (
        (CAT, "http://site/cats/%E7%8C%AB.png"),
        (PANDA, "file:///packs.zip#pandas/../x.jpg"),
        (STRANGER, None),
    ):
        sightings = [{"url": seen}] if seen else []
        gateway.answer(f"/images/{sha256}", {"sha256": sha256, "format": "gif", "sightings": sightings})
        gateway.answer(f"/images/{sha256}/content", sha256[0])

    albums = await export_albums(client, tmp_path)

    written = sorted(str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*.*"))
    assert written == ["001-Big-cats/猫-aaaaaaaa.gif", "002-9/x-bbbbbbbb.gif", "outliers/upload-cccccccc.gif"]
    assert [len(album.stickers) for album in albums] == [1, 1, 1]
