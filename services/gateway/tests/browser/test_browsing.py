from pathlib import Path

import pytest
from atlas_common import schemas
from playwright.async_api import Page, expect

from services.gateway.tests.browser.conftest import MEMBERS, MOVING, Gallery
from services.gateway.tests.browser.faces import face
from services.gateway.tests.conftest import TOKEN, World
from services.gateway.tests.shelves import sha

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]

ROOT = Path(__file__).parents[4]
PATHS = (
    "/",
    "/albums/cats",
    "/albums/cats/beside/dogs",
    "/outliers",
    f"/stickers/{sha(0)}",
    "/map",
    "/search",
    "/runs",
    "/status",
    "/failures",
    "/decisions",
)


@pytest.mark.usefixtures("published")
async def test_an_album_opens_and_goes_on_as_one_scrolls(gallery: Gallery) -> None:
    page = gallery.page
    await page.goto(gallery.url)
    await page.get_by_role("link", name="№ 1").click()
    tiles = page.locator("[data-feed] > a.tile")
    await expect(tiles).to_have_count(120)
    await page.mouse.wheel(0, 20_000)
    await expect(tiles).to_have_count(MEMBERS)
    await expect(page.get_by_role("link", name="Show more")).to_have_count(0)


@pytest.mark.usefixtures("published")
async def test_an_animated_sticker_moves_in_view_until_it_is_told_not_to(gallery: Gallery) -> None:
    page = gallery.page
    await page.goto(f"{gallery.url}/albums/cats")
    moving = page.locator("[data-feed] img[data-moving]")
    await expect(moving).to_have_attribute("src", f"/v1/images/{MOVING}/content")
    await page.get_by_role("button", name="Play animations").click()
    await expect(moving).to_have_attribute("src", f"/v1/images/{MOVING}/thumbnail")
    await page.reload()
    await expect(page.get_by_role("button", name="Play animations")).to_have_attribute("aria-pressed", "false")
    await expect(moving).to_have_attribute("src", f"/v1/images/{MOVING}/thumbnail")


@pytest.mark.usefixtures("published")
async def test_an_album_is_named_with_the_token_and_shows_its_name(gallery: Gallery) -> None:
    page = gallery.page
    await page.goto(f"{gallery.url}/albums/cats")
    await page.get_by_role("button", name="Name").click()
    await page.get_by_role("textbox", name="Name").fill("熊猫头")
    await page.get_by_role("button", name="Save").click()
    await page.get_by_role("textbox", name="Token").fill(TOKEN)
    await page.get_by_role("button", name="Use it").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("熊猫头")


@pytest.mark.usefixtures("published")
async def test_a_wrong_token_is_said_and_asked_for_again(gallery: Gallery) -> None:
    page = gallery.page
    await page.goto(f"{gallery.url}/stickers/{sha(1)}")
    await part_with(page, "wrong")
    await expect(page.get_by_text("this is not the gateway's token; press again")).to_be_visible()
    async with page.expect_event("load"):  # the page comes anew, and would call off a visit to another one
        await part_with(page, TOKEN)
    await page.goto(f"{gallery.url}/albums/cats")
    await expect(page.get_by_text(f"{MEMBERS - 1} stickers")).to_be_visible()


@pytest.mark.usefixtures("published")
async def test_a_token_that_no_request_can_carry_is_not_taken(gallery: Gallery) -> None:
    page = gallery.page
    await page.goto(f"{gallery.url}/stickers/{sha(1)}")
    await part_with(page, "密码")
    token = page.get_by_role("textbox", name="Token")
    assert await token.evaluate("field => field.validity.patternMismatch")
    await token.fill(TOKEN)
    await page.get_by_role("button", name="Use it").click()
    await expect(page.get_by_text("It was taken out of")).to_be_visible()


@pytest.mark.usefixtures("published")
async def test_a_change_that_gets_no_answer_says_so(gallery: Gallery) -> None:
    page = gallery.page
    await page.goto(f"{gallery.url}/stickers/{sha(1)}")
    await page.route("**/v1/curation", lambda route: route.abort())
    await part_with(page, TOKEN)
    await expect(page.get_by_text("the gateway does not answer")).to_be_visible()


@pytest.mark.usefixtures("published")
async def test_a_sticker_is_kept_in_its_album_until_that_is_taken_back(gallery: Gallery) -> None:
    page = gallery.page
    await page.goto(f"{gallery.url}/stickers/{sha(1)}")
    await page.get_by_role("button", name="Keep it here").click()
    await page.get_by_role("textbox", name="Token").fill(TOKEN)
    await page.get_by_role("button", name="Use it").click()
    await page.wait_for_url("**/decisions")
    await page.get_by_role("button", name="Take back").click()
    await expect(page.get_by_role("cell", name="taken back")).to_be_visible()


@pytest.mark.usefixtures("published")
async def test_a_chosen_picture_searches_at_once(gallery: Gallery) -> None:
    page = gallery.page
    await page.goto(gallery.url)
    file = {"name": "mine.png", "mimeType": "image/png", "buffer": face("Cats", 3)}
    await page.get_by_label("Search by picture").set_input_files(file)
    await expect(page.get_by_role("heading", name="What looks like it")).to_be_visible()
    await expect(page.locator("main a.tile").first).to_have_attribute("href", f"/stickers/{sha(0)}")


@pytest.mark.usefixtures("published")
async def test_an_uploaded_picture_leads_to_its_page(gallery: Gallery) -> None:
    page = gallery.page
    await page.goto(f"{gallery.url}/status")
    file = {"name": "mine.png", "mimeType": "image/png", "buffer": face("Cats", 3)}
    await page.get_by_label("Or add one picture").set_input_files(file)
    await page.get_by_role("button", name="Upload").click()
    await page.get_by_role("textbox", name="Token").fill(TOKEN)
    await page.get_by_role("button", name="Use it").click()
    await page.wait_for_url(f"**/stickers/{'a' * 64}")


@pytest.mark.usefixtures("published")
async def test_a_dropped_picture_searches_from_any_page(gallery: Gallery) -> None:
    page = gallery.page
    await page.goto(f"{gallery.url}/status")
    await page.evaluate(
        """bytes => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([new Uint8Array(bytes)], "mine.png", { type: "image/png" }));
          const drop = { dataTransfer: transfer, bubbles: true, cancelable: true };
          document.body.dispatchEvent(new DragEvent("drop", drop));
        }""",
        list(face("Cats", 3)),
    )
    await expect(page.get_by_role("heading", name="What looks like it")).to_be_visible()


@pytest.mark.usefixtures("published")
async def test_the_status_follows_the_work(gallery: Gallery, world: World) -> None:
    page = gallery.page
    await page.goto(f"{gallery.url}/status")
    found = page.locator(".stages .count").first
    await expect(found).to_have_text(str(MEMBERS + 6))
    world.tables.open(schemas.LINKS).insert([{"crawl_id": "c", "url": "https://new.example/", "kind": "image"}])
    await expect(found).to_have_text(str(MEMBERS + 7))


@pytest.mark.usefixtures("published")
async def test_the_map_shows_dots_and_nearer_by_key_stickers(gallery: Gallery) -> None:
    page = gallery.page
    await page.goto(f"{gallery.url}/map")
    await page.wait_for_function(PAINTED)
    await page.locator("#map").focus()
    async with page.expect_response("**/thumbnail"):
        for _ in range(12):
            await page.keyboard.press("+")
            await page.evaluate(NEXT_FRAME)  # steps drawn as one could pass every sticker by


@pytest.mark.usefixtures("published")
async def test_two_fingers_that_part_bring_the_map_nearer(gallery: Gallery) -> None:
    page = gallery.page
    await page.goto(f"{gallery.url}/map")
    await page.wait_for_function(PAINTED)
    touch = await page.context.new_cdp_session(page)
    async with page.expect_response("**/thumbnail"):
        for _ in range(6):
            for kind, gap in (("touchStart", 20), ("touchMove", 40)):
                fingers = [{"x": 640 + side * gap, "y": 500, "id": side + 1} for side in (-1, 1)]
                await touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})
            await touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
            await page.evaluate(NEXT_FRAME)
    assert page.url.endswith("/map")


@pytest.mark.usefixtures("published")
async def test_the_keyboard_reaches_content_and_albums(gallery: Gallery) -> None:
    page = gallery.page
    await page.goto(gallery.url)
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/albums/cats")


@pytest.mark.usefixtures("published")
async def test_a_chosen_theme_stays(gallery: Gallery) -> None:
    page = gallery.page
    await page.goto(gallery.url)
    light = await background(page)
    await page.get_by_role("button", name="Switch between light and dark").click()
    await page.goto(f"{gallery.url}/outliers")
    assert await background(page) != light


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("path", PATHS)
async def test_a_page_fits_a_phone_is_labelled_and_breaks_no_policy(gallery: Gallery, path: str) -> None:
    page = gallery.page
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.goto(gallery.url + path)
    await expect(page.get_by_role("banner")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    assert await page.evaluate(UNLABELLED) == []
    assert gallery.complaints == []


@pytest.mark.usefixtures("exhibition")
async def test_the_albums_make_a_picture(gallery: Gallery) -> None:
    """Leaves build/gallery.png; docs/images/gallery.png is a copy of it."""
    page = gallery.page
    await page.goto(gallery.url, wait_until="networkidle")
    await expect(page.locator("li.album")).to_have_count(6)
    await page.screenshot(path=ROOT / "build" / "gallery.png")
    assert gallery.complaints == []


NEXT_FRAME = "() => new Promise(requestAnimationFrame)"
PAINTED = """() => {
  const canvas = document.getElementById("map");
  const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  return pixels.some((value) => value > 0);
}"""

UNLABELLED = """() => [
  ...document.querySelectorAll("img:not([alt])"),
  ...[...document.querySelectorAll("input:not([type=hidden]), select")].filter((field) => !field.labels.length),
  ...[...document.querySelectorAll("a, button")].filter((one) =>
    !one.textContent.trim() && !one.getAttribute("aria-label") && !one.querySelector("img[alt]:not([alt=''])")),
].map((element) => element.outerHTML.slice(0, 120))"""


async def part_with(page: Page, token: str) -> None:
    """Says of the sticker on the page that it is not of its album, with a token."""
    await page.get_by_role("button", name="Not in this album").click()
    await page.get_by_role("textbox", name="Token").fill(token)
    await page.get_by_role("button", name="Use it").click()


async def background(page: Page) -> str:
    colour: str = await page.evaluate("getComputedStyle(document.body).backgroundColor")
    return colour
