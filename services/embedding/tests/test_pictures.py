import io
from collections.abc import Callable
from zlib import crc32

import cv2
import numpy as np
import pytest
from atlas_common.errors import InvalidInput
from atlas_embedding.model import Pixels
from atlas_embedding.pictures.prepare import prepare
from atlas_embedding.pictures.read import read
from atlas_embedding.pictures.tensor import on_white, tensor
from atlas_embedding.settings import PictureSettings
from PIL import Image, ImageOps

Draw = Callable[..., Image.Image]
Encode = Callable[..., bytes]

SETTINGS = PictureSettings(max_pixels=1_000_000)
SETTINGS_FOR_LARGE = PictureSettings()
ALWAYS_A_THUMBNAIL = PictureSettings(thumbnail_bytes=0)
ORIENTATION = 0x0112


@pytest.fixture
def transparent(draw: Draw, encode: Encode) -> bytes:
    """A lossy WebP whose upper part is transparent."""
    image = draw(1, (200, 100)).convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    return encode(image, "WEBP", quality=95)


def seen(content: bytes) -> Pixels:
    """What the first still shows, on white."""
    return on_white(read(content, SETTINGS).stills[0])


def seen_by_pillow(image: Image.Image) -> Pixels:
    white = Image.new("RGBA", image.size, "white")
    return np.asarray(Image.alpha_composite(white, image.convert("RGBA")).convert("RGB"))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_a_png_of_any_mode_looks_as_it_should(draw: Draw, encode: Encode, mode: str) -> None:
    image = draw(1).convert(mode)
    np.testing.assert_allclose(seen(encode(image)), seen_by_pillow(image), atol=1)


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_transparent_colour_is_white(encode: Encode, mode: str) -> None:
    image = Image.new(mode, (4, 4))
    content = encode(image, transparency=0 if mode == "L" else (0, 0, 0))
    assert (seen(content) == 255).all()


def test_a_palette_with_transparency_is_laid_on_white(draw: Draw, encode: Encode) -> None:
    palette = draw(1).quantize(8)
    np.testing.assert_allclose(seen(encode(palette)), seen_by_pillow(palette.convert("RGBA")), atol=1)


def test_sixteen_bits_are_scaled_to_eight(encode: Encode) -> None:
    levels = np.linspace(0, 65535, 16 * 16).astype(np.uint16).reshape(16, 16)
    expected = np.repeat(np.round(levels / 257).astype(np.uint8)[..., np.newaxis], 3, axis=2)
    np.testing.assert_allclose(seen(encode(Image.fromarray(levels))), expected, atol=1)


def test_sixteen_bit_colours_are_scaled_to_eight() -> None:
    colours = np.full((5, 5, 3), (65535, 257 * 128, 0), np.uint16)  # OpenCV's order: blue first
    content = cv2.imencode(".png", colours)[1].tobytes()
    assert seen(content)[2, 2].tolist() == [0, 128, 255]


@pytest.mark.parametrize("mode", ["CMYK", "L", "RGB"])
def test_a_jpeg_of_any_mode_looks_as_it_should(draw: Draw, encode: Encode, mode: str) -> None:
    content = encode(draw(1).convert("RGB").convert(mode), "JPEG", quality=95)
    expected = Image.open(io.BytesIO(content)).convert("RGB")
    np.testing.assert_allclose(seen(content).astype(int), np.asarray(expected).astype(int), atol=4)


def test_a_transparent_webp_looks_as_it_should(transparent: bytes) -> None:
    expected = seen_by_pillow(Image.open(io.BytesIO(transparent)))
    np.testing.assert_allclose(seen(transparent).astype(int), expected.astype(int), atol=1)


@pytest.mark.parametrize("encoding", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_camera_s_orientation_is_honoured(encode: Encode, orientation: int, encoding: str) -> None:
    corners = Image.new("RGB", (40, 20))
    corners.paste("red", (0, 0, 20, 10))
    corners.paste("blue", (20, 10, 40, 20))
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    content = encode(corners, encoding, exif=exif, quality=95)
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(content))).convert("RGB")
    assert seen(content).shape == np.asarray(expected).shape
    difference = np.abs(seen(content).astype(int) - np.asarray(expected))
    assert difference.mean() < 3


def test_a_jpeg_that_is_decoded_smaller_is_turned_too(encode: Encode) -> None:
    halves = Image.new("RGB", (1500, 700), "red")
    halves.paste("blue", (750, 0, 1500, 700))
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # its left is up
    turned = prepare(encode(halves, "JPEG", exif=exif, quality=95), SETTINGS_FOR_LARGE).frames[0].astype(int)
    assert (np.abs(turned[10] - (255, 0, 0)) < 9).all()
    assert (np.abs(turned[-10] - (0, 0, 255)) < 9).all()


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (300, 1), (2000, 3), (3, 2001), (299, 299), (700, 500)])
@pytest.mark.parametrize("encoding", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_picture_of_any_size_becomes_one_frame(encode: Encode, size: tuple[int, int], encoding: str) -> None:
    picture = prepare(encode(Image.new("RGB", size, "teal"), encoding), SETTINGS)
    assert picture.frames.shape == (1, 299, 299, 3)
    np.testing.assert_allclose(picture.frames.mean(axis=(0, 1, 2)), (0, 128, 128), atol=6)


@pytest.mark.parametrize(("number", "ground"), [(0, "white"), (1, "black")])
def test_the_fingerprint_is_the_first_still_in_grey_on_white_and_on_black(
    draw: Draw, encode: Encode, number: int, ground: str
) -> None:
    image = draw(1, (128, 96)).convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    below = Image.new("RGBA", image.size, ground)
    below.alpha_composite(image)
    expected = below.convert("L").resize((32, 32), Image.Resampling.BOX)
    taken = np.frombuffer(prepare(encode(image), SETTINGS).fingerprint, np.uint8).reshape(2, 32, 32)
    np.testing.assert_allclose(taken[number].astype(int), np.asarray(expected).astype(int), atol=2)


def test_the_fingerprint_of_an_opaque_picture_is_on_white_only(draw: Draw, encode: Encode) -> None:
    image = draw(1, (128, 96)).convert("RGB")
    expected = image.convert("L").resize((32, 32), Image.Resampling.BOX)
    for opaque in (image, image.convert("RGBA")):
        taken = np.frombuffer(prepare(encode(opaque), SETTINGS).fingerprint, np.uint8).reshape(32, 32)
        np.testing.assert_allclose(taken.astype(int), np.asarray(expected).astype(int), atol=2)


@pytest.mark.parametrize("size", [(96, 66), (299, 211), (31, 570)])
def test_the_fingerprint_has_the_means_of_areas_whose_edges_cross_pixels(encode: Encode, size: tuple[int, int]) -> None:
    grey = np.random.default_rng(0).integers(0, 256, size[::-1], np.uint8)
    expected = grey.repeat(32, axis=0).repeat(32, axis=1).reshape(32, size[1], 32, size[0]).mean(axis=(1, 3))
    taken = np.frombuffer(prepare(encode(Image.fromarray(grey).convert("RGB")), SETTINGS).fingerprint, np.uint8)
    np.testing.assert_allclose(taken.reshape(32, 32), expected, atol=0.51)


@pytest.mark.parametrize("size", [(30, 50), (299, 200), (298, 299)])
def test_enlarging_is_pillow_s_bilinear_to_one_level(size: tuple[int, int]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), np.uint8)
    expected = Image.fromarray(pixels).resize((299, 299), Image.Resampling.BILINEAR)
    np.testing.assert_allclose(tensor([pixels])[0].astype(int), np.asarray(expected).astype(int), atol=1)


@pytest.mark.parametrize("size", [(598, 299), (1201, 200), (200, 1300), (2403, 2403)])
def test_a_pattern_too_fine_for_the_network_becomes_its_mean(encode: Encode, size: tuple[int, int]) -> None:
    pattern = np.indices(size).sum(axis=0) % 2 * 255
    frames = prepare(encode(Image.fromarray(pattern.astype(np.uint8).T)), SETTINGS_FOR_LARGE).frames
    np.testing.assert_allclose(frames.astype(int), 128, atol=1)


def test_an_animation_is_its_first_visible_its_middle_and_its_last_frame(draw: Draw, encode: Encode) -> None:
    frames = [Image.new("RGBA", (60, 60), "white"), *(draw(seed, (60, 60)) for seed in range(1, 8))]
    content = encode(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True, duration=50)
    stills = read(content, SETTINGS).stills
    for still, expected in zip(stills, (frames[1], frames[4], frames[7]), strict=True):
        np.testing.assert_allclose(on_white(still), seen_by_pillow(expected), atol=1)


@pytest.mark.parametrize("encoding", ["GIF", "PNG", "WEBP"])
def test_an_animation_is_read_from_every_format_that_has_them(draw: Draw, encode: Encode, encoding: str) -> None:
    first, *rest = (draw(seed).convert("RGB") for seed in range(5))
    content = encode(first, encoding, save_all=True, append_images=rest, duration=50)
    assert prepare(content, SETTINGS).frames.shape == (3, 299, 299, 3)


def test_an_animation_that_ends_as_it_began_shows_that_frame_twice(draw: Draw, encode: Encode) -> None:
    one, other = draw(1, (60, 60)), draw(2, (60, 60))
    content = encode(one, "WEBP", save_all=True, append_images=[other, one], lossless=True, duration=50)
    picture = prepare(content, SETTINGS)
    assert picture.order == (0, 1, 0)
    assert picture.frames.shape == (2, 299, 299, 3)


def test_an_animation_of_blank_frames_is_one_blank_still(encode: Encode) -> None:
    blank = Image.new("RGBA", (20, 20))
    content = encode(blank, "WEBP", save_all=True, append_images=[Image.new("RGBA", (20, 20), "white")], duration=50)
    assert len(read(content, SETTINGS).stills) == 1


def test_an_animation_that_breaks_off_is_taken_up_to_there(draw: Draw, encode: Encode) -> None:
    first, *rest = (draw(seed).convert("RGB") for seed in range(9))
    content = encode(first, "GIF", save_all=True, append_images=rest, duration=50)
    assert 1 <= len(read(content[: len(content) * 2 // 3], SETTINGS).stills) <= 3


@pytest.mark.parametrize("encoding", ["GIF", "JPEG", "PNG", "WEBP"])
def test_a_truncated_still_is_refused(draw: Draw, encode: Encode, encoding: str) -> None:
    content = encode(draw(1, (200, 200)).convert("RGB"), encoding)
    with pytest.raises(InvalidInput) as caught:
        read(content[: len(content) * 2 // 3], SETTINGS)
    assert caught.value.reason in ("truncated_image", "corrupt_image", "not_an_image")


@pytest.mark.parametrize("left", [20, 40, 1000, -1])
def test_a_truncated_transparent_webp_is_refused(transparent: bytes, left: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(transparent[:left], SETTINGS)
    assert caught.value.reason in ("truncated_image", "corrupt_image", "not_an_image")


@pytest.mark.parametrize("left", [0.7, 0.99])
def test_a_truncated_jpeg_is_refused_though_it_is_decoded_smaller(draw: Draw, encode: Encode, left: float) -> None:
    content = encode(draw(1, (2400, 2400)).convert("RGB"), "JPEG")
    for ending in (b"", b"\xff\xd9"):
        with pytest.raises(InvalidInput) as caught:
            read(content[: int(len(content) * left)] + ending, SETTINGS_FOR_LARGE)
        assert caught.value.reason == "truncated_image"


@pytest.mark.parametrize("encoding", ["GIF", "JPEG", "PNG", "WEBP"])
def test_noise_in_the_place_of_a_still_is_refused(draw: Draw, encode: Encode, encoding: str) -> None:
    content = encode(draw(1, (200, 200)).convert("RGB"), encoding)
    middle = len(content) // 2
    with pytest.raises(InvalidInput) as caught:
        read(content[: middle - 50] + b"noise" * 20 + content[middle + 50 :], SETTINGS)
    assert caught.value.reason in ("truncated_image", "corrupt_image")


def test_a_png_that_inflates_to_more_than_its_pixels_is_what_its_pixels_are(encode: Encode) -> None:
    content = bytearray(encode(Image.new("L", (3000, 3000))))
    content[16:24] = (8).to_bytes(4, "big") * 2
    content[29:33] = crc32(content[12:29]).to_bytes(4, "big")
    assert prepare(bytes(content), SETTINGS).frames.shape == (1, 299, 299, 3)


@pytest.mark.parametrize(
    ("content", "reason"), [(b"", "empty_file"), (b"a text", "not_an_image"), (b"GIF89a", "not_an_image")]
)
def test_what_is_no_picture_is_refused_with_its_reason(content: bytes, reason: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(content, SETTINGS)
    assert caught.value.reason == reason


def test_too_many_pixels_are_refused_before_they_are_decoded(encode: Encode) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(encode(Image.new("L", (2000, 501))), SETTINGS)
    assert caught.value.reason == "too_many_pixels"


def test_a_transparent_webp_of_too_many_pixels_is_refused(transparent: bytes) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(transparent, PictureSettings(max_pixels=19_999))
    assert caught.value.reason == "too_many_pixels"


def small(content: bytes) -> Image.Image:
    """The thumbnail of a sticker that does not do as its own."""
    made = prepare(content, ALWAYS_A_THUMBNAIL).thumbnail
    assert made
    return Image.open(io.BytesIO(made))


@pytest.mark.parametrize("encoding", ["GIF", "JPEG", "PNG", "WEBP"])
def test_a_small_sticker_that_browsers_show_is_its_own_thumbnail(draw: Draw, encode: Encode, encoding: str) -> None:
    assert prepare(encode(draw(1, (192, 100)).convert("RGB"), encoding), SETTINGS).thumbnail is None


def test_a_small_transparent_webp_is_its_own_thumbnail(transparent: bytes) -> None:
    for side, thumbnail in ((199, True), (200, False)):
        settings = PictureSettings(thumbnail_side=side)
        assert bool(prepare(transparent, settings).thumbnail) is thumbnail


@pytest.mark.parametrize(("encoding", "size"), [("TIFF", (100, 100)), ("PNG", (193, 100)), ("BMP", (192, 192))])
def test_other_stickers_get_a_thumbnail(draw: Draw, encode: Encode, encoding: str, size: tuple[int, int]) -> None:
    made = prepare(encode(draw(1, size).convert("RGB"), encoding), SETTINGS).thumbnail
    assert made
    assert Image.open(io.BytesIO(made)).format == "WEBP"


def test_a_thumbnail_looks_like_the_sticker(draw: Draw, encode: Encode) -> None:
    image = draw(1, (901, 633))
    expected = seen_by_pillow(image.resize((192, 135), Image.Resampling.BOX)).astype(int)
    assert np.abs(seen_by_pillow(small(encode(image))) - expected).mean() < 3


def test_a_small_animation_moves_in_its_thumbnail(draw: Draw, encode: Encode) -> None:
    first, *rest = (draw(seed, (60, 40)) for seed in range(4))
    content = encode(first, "GIF", save_all=True, append_images=rest, duration=70)
    thumbnail = small(content)
    assert (thumbnail.format, thumbnail.size, thumbnail.n_frames) == ("WEBP", (60, 40), 4)  # type: ignore[attr-defined]


def test_a_large_animation_stands_still_in_its_thumbnail(draw: Draw, encode: Encode) -> None:
    first, *rest = (draw(seed, (600, 400)) for seed in range(4))
    content = encode(first, "GIF", save_all=True, append_images=rest, duration=70)
    thumbnail = small(content)
    assert (thumbnail.size, thumbnail.n_frames) == ((192, 128), 1)  # type: ignore[attr-defined]


def test_a_thumbnail_keeps_what_is_transparent(draw: Draw, encode: Encode) -> None:
    thumbnail = small(encode(draw(1)))
    assert thumbnail.convert("RGBA").getpixel((0, 0))[3] == 0  # type: ignore[index]


@pytest.mark.parametrize("encoding", ["JPEG", "PNG"])
def test_the_largest_thumbnail_is_as_large_as_it_should_be(draw: Draw, encode: Encode, encoding: str) -> None:
    settings = PictureSettings(thumbnail_side=299)
    made = prepare(encode(draw(1, (1300, 1300)).convert("RGB"), encoding), settings).thumbnail
    assert made
    assert Image.open(io.BytesIO(made)).size == (299, 299)
