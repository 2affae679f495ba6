"""Judging and shrinking pictures that come from anywhere."""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageOps

from wavvy.catalog.track import Artwork

MAX_PIXELS = 25_000_000
"""Decoded, a picture of this size takes 100 MB; covers have a tenth of it at most."""

_FORMATS = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "GIF": "image/gif",
    "WEBP": "image/webp",
}
# Of sizes that are refused below, and of odd metadata.
warnings.filterwarnings("ignore", module=r"PIL\.")

_PREVIEW = (64, 64)
_QUALITY = 86


def as_artwork(data: bytes) -> Artwork | None:
    """Take bytes for a cover if that is what they are.

    They are decoded, a JPEG coarsely: a picture that is cut short, or that would take more memory
    than any cover needs, is none. The type that a file or server declares is not trusted.

    Parameters
    ----------
    data : bytes
        Whatever claims to be a picture.

    Returns
    -------
    Artwork or None
    """
    if not 0 < len(data) <= Artwork.MAX_BYTES:
        return None
    try:
        with _opened(data) as image:
            image.draft("RGB", _PREVIEW)
            image.load()
            return Artwork(_FORMATS[str(image.format)], data)
    except Exception:  # a decoder of untrusted bytes may raise nearly anything
        return None


def shrunk(artwork: Artwork, size: int) -> Artwork:
    """Return a cover of at most `size` pixels a side, as JPEG, or as PNG if it is see-through.

    Parameters
    ----------
    artwork : Artwork
        What `as_artwork` has returned.
    size : int
        Longest side, pixels. A smaller picture is not enlarged.

    Raises
    ------
    ValueError
        It cannot be decoded after all.
    """
    try:
        with _opened(artwork.data) as image:
            image.draft("RGB", (2 * size, 2 * size))
            upright = ImageOps.exif_transpose(image)
            see_through = upright.has_transparency_data
            picture = upright.convert("RGBA" if see_through else "RGB")
    except Exception as error:
        raise ValueError(f"the picture cannot be decoded ({error})") from error
    picture.thumbnail((size, size), Image.Resampling.LANCZOS, reducing_gap=2.0)
    file = io.BytesIO()
    if see_through:
        picture.save(file, "PNG", optimize=True)
        return Artwork("image/png", file.getvalue())
    picture.save(file, "JPEG", quality=_QUALITY, optimize=True, progressive=True)
    return Artwork("image/jpeg", file.getvalue())


def _opened(data: bytes) -> Image.Image:
    """Read the header of a picture; raises ValueError if it has too many pixels."""
    image = Image.open(io.BytesIO(data), formats=tuple(_FORMATS))
    if image.width * image.height > MAX_PIXELS:
        image.close()
        raise ValueError(f"{image.width} x {image.height} pixels are too many")
    return image
