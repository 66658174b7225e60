from pathlib import Path

from atlas_ops.timeline import Moment, draw


def test_the_same_numbers_draw_the_same_picture(tmp_path: Path) -> None:
    moments = [Moment(0, 0, 0), Moment(60, 2_000, 1), Moment(120, 0, 1)]
    for name in ("once.svg", "again.svg"):
        draw({"few pods": moments, "many": moments[::2]}, tmp_path / "pictures" / name)
    once, again = (tmp_path / "pictures" / name for name in ("once.svg", "again.svg"))
    assert once.read_bytes() == again.read_bytes()
    assert "<!-- few pods -->" in once.read_text()
