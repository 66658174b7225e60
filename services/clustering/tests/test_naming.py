from atlas_clustering.naming import suggested, words

CATS = [f"cat-{n}" for n in range(10)]
PANDAS = [f"panda-{n}" for n in range(10)]
ALBUMS = {"album-1": CATS, "album-2": PANDAS}


def seen(captions: dict[str, str], stickers: list[str]) -> list[tuple[str, str]]:
    return [(sticker, captions.get(sticker, captions["else"])) for sticker in stickers]


def test_an_album_is_named_by_the_word_that_tells_it_from_the_others() -> None:
    texts = seen({"else": "funny cat"}, CATS) + seen({"else": "funny panda"}, PANDAS)
    assert suggested(texts, ALBUMS) == {"album-1": "cat", "album-2": "panda"}


def test_chinese_words_are_found_without_spaces_the_longest_first() -> None:
    texts = [(sticker, f"熊猫头{mood}") for sticker, mood in zip(PANDAS, "喜怒哀乐忧思悲恐惊叹", strict=True)]
    assert suggested(texts, ALBUMS) == {"album-2": "熊猫头"}


def test_an_album_without_a_word_of_its_own_is_not_named() -> None:
    texts = [(sticker, "sticker") for sticker in CATS + PANDAS] + [(CATS[0], "lonely"), ("stranger", "cat")]
    assert "album-2" not in suggested(
        texts, {"album-2": PANDAS[:2], "album-1": CATS[:2], "rest": CATS[2:] + PANDAS[2:]}
    )


def test_no_two_albums_have_one_name() -> None:
    texts = [(sticker, "cat") for sticker in CATS]
    assert suggested(texts, {"one": CATS[:6], "two": CATS[6:]}) == {"one": "cat"}


def test_numbers_hashes_and_endings_are_no_words() -> None:
    assert words("0042 7f3a9b2c4d5e6f708192 Cat_03.gif") == {"cat"}
