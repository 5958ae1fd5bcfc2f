"""A picture as part of a page: its own bytes instead of an address."""

import base64

_MEDIA_TYPES = {b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp", b"\x89PNG": "image/png"}
"""By the first bytes: thumbnails of older versions are WebP."""


def of_image(image: bytes) -> str:
    """data:image/jpeg;base64,... for the bytes of a JPEG, a WebP or a PNG; what others are is left to the browser."""
    kind = next((kind for start, kind in _MEDIA_TYPES.items() if image.startswith(start)), "application/octet-stream")
    return f"data:{kind};base64,{base64.b64encode(image).decode()}"
