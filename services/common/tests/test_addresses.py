import pytest
from atlas_common.addresses import Places, canonical, host_of

CAT = "https://a.example/%E7%8C%AB/cat.png"


@pytest.mark.parametrize(
    "spelling",
    [
        "HTTPS://A.Example/猫/cat.png",
        "https://a.example:443/%e7%8c%ab/cat.png",
        "https://a.example/dogs/../猫/c%61t.png",
    ],
)
def test_an_address_is_told_however_it_is_spelt(spelling: str) -> None:
    assert canonical(spelling) == CAT
    assert Places.named([spelling]).cover(CAT)
    assert Places.named([CAT]).cover(spelling)


def test_a_site_s_first_page_needs_no_slash() -> None:
    assert canonical("https://a.example") == "https://a.example/"


@pytest.mark.parametrize("other", [f"{CAT}?large", f"{CAT}#1", CAT.replace("https", "http"), CAT.replace("cat", "Cat")])
def test_what_a_server_may_tell_apart_stays_apart(other: str) -> None:
    assert not Places.named([CAT]).cover(other)


@pytest.mark.parametrize("address", ["https://a.example/", "http://img.A.Example.:8080/cat.png"])
def test_a_site_covers_its_subdomains(address: str) -> None:
    assert Places.named(sites=["a.EXAMPLE"]).cover(address)


@pytest.mark.parametrize(
    "address", ["https://ba.example/", "https://example/", "file:///a.example", "http://[a.example"]
)
def test_a_site_covers_nothing_else(address: str) -> None:
    assert not Places.named(sites=["a.example", "."]).cover(address)


def test_a_host_s_name_may_be_chinese() -> None:
    assert host_of("http://表情.example/") == host_of("http://xn--feu459f.example/")
    assert Places.named(sites=["表情.example"]).cover("https://xn--feu459f.example/cat.png")


@pytest.mark.parametrize("text", ["http://[cat", "http://[::1]x@", "http://\ud800"])
def test_what_is_no_address_is_covered_by_its_own_name_alone(text: str) -> None:
    assert Places.named([text], ["cat"]).cover(text)
    assert not Places.named([text], ["cat"]).cover(f"{text}?")
