"""What a picture may be."""

from dataclasses import dataclass

from atlas_crawler.model.exceptions import LinkFailed


@dataclass(frozen=True, slots=True)
class PictureLimits:
    """Each check raises `LinkFailed` with its reason."""

    max_pixels: int
    max_frames: int

    def check_size(self, width: int, height: int) -> None:
        if not width or not height:
            raise LinkFailed("corrupt_image", "a picture without pixels")
        if width * height > self.max_pixels:
            raise LinkFailed("too_many_pixels", f"{width} x {height} pixels; at most {self.max_pixels} are accepted")

    def check_frames(self, frames: int) -> None:
        if frames > self.max_frames:
            raise LinkFailed("too_many_frames", f"more than {self.max_frames} frames")
