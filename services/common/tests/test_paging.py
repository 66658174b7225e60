import pytest
from atlas_common.errors import InvalidInput
from atlas_common.paging import page_of


def test_pages_follow_one_another_to_the_end() -> None:
    items, pages, token = list(range(7)), [], ""
    while not pages or token:
        page, token = page_of(items, 3, token)
        pages.append(page)
    assert pages == [[0, 1, 2], [3, 4, 5], [6]]


def test_a_page_is_of_the_usual_size_unless_told_and_never_huge() -> None:
    assert [len(page_of(range(1000), size, "")[0]) for size in (0, 7, 1000)] == [50, 7, 500]


def test_a_token_that_was_never_given_out_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no page token"):
        page_of([1, 2, 3], 2, "-1")
