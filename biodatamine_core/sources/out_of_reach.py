"""Clouds whose links work in a browser only: what to do about each, said before anything is asked."""

from typing import ClassVar

from biodatamine_core.errors import UnsupportedURL
from biodatamine_core.sources.asking.pasted import Pasted
from biodatamine_core.sources.interface import Source

_ELSE = "Else download the files there and upload them here."
_MICROSOFT = (
    "OneDrive and SharePoint show what a link shares in a browser only. Where the link opens for anyone, "
    f'add "download=1" to its end, after a "?" or an "&", and paste that. {_ELSE}'
)
_BOX = (
    'Box shows what a link shares in a browser only. Copy the "Direct link" out of the link\'s settings there '
    f"(it holds /shared/static/), and paste that. {_ELSE}"
)
_SAID = {
    "sharepoint.com": _MICROSOFT,
    "onedrive.live.com": _MICROSOFT,
    "1drv.ms": _MICROSOFT,
    "box.com": _BOX,
    **{
        host: f"{name} gives files in a browser only. Download them there and upload them here."
        for host, name in {
            "mega.nz": "MEGA",
            "mega.io": "MEGA",
            "wetransfer.com": "WeTransfer",
            "we.tl": "WeTransfer",
            "icloud.com": "iCloud",
            "photos.google.com": "Google Photos",
        }.items()
    },
}


class OutOfReachSource:
    """Takes no address, and refuses some; links that these clouds give for programs are left to plain http."""

    kind: ClassVar[str] = "out_of_reach"
    reads: ClassVar[str] = ""

    @classmethod
    def parse(cls, text: str) -> Source | None:
        pasted = Pasted.read(text)
        is_direct = pasted.query.get("download") == "1" or pasted.parts[:2] == ("shared", "static")
        for host, sentence in _SAID.items():
            if not is_direct and (pasted.host == host or pasted.host.endswith(f".{host}")):
                raise UnsupportedURL(sentence)
        return None
