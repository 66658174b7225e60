"""The capacity plan, and the page that shows it."""

import tomllib

import pytest
from atlas_ops.capacity import FIGURES, PAGE, main, plan, read_figures, table
from atlas_ops.scale import SIZES


def amounts(stickers: int, days: float = 7) -> dict[str, float]:
    return {row.what: row.value for row in plan(stickers, days, read_figures())}


def test_storage_grows_with_the_stickers() -> None:
    assert amounts(2_000_000)["features"] == pytest.approx(2 * amounts(1_000_000)["features"])


def test_more_time_means_fewer_requests_a_second() -> None:
    assert amounts(10**9, days=90)["requests on the store"] < amounts(10**9, days=30)["requests on the store"]


def test_the_search_for_centres_stops_growing_with_the_sample() -> None:
    small, large = amounts(1_000_000), amounts(4_000_000)
    assert large["clustering, search"] / small["clustering, search"] == pytest.approx(2, rel=0.02)  # as the albums


def test_every_figure_says_where_it_comes_from() -> None:
    for name, figure in tomllib.loads(FIGURES.read_text()).items():
        assert figure["from"], name
        assert figure["unit"], name


def test_the_page_shows_the_plan_of_today_s_figures() -> None:
    assert table(SIZES, read_figures()) in PAGE.read_text(), "run make docs"


@pytest.mark.parametrize("words", [["-5"], ["50000", "--days", "0"]])
def test_a_plan_for_nothing_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["plan", *words])
    with pytest.raises(SystemExit):
        main()
    assert "stickers and days are more than 0" in capsys.readouterr().err
