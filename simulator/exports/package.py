"""The download itself: files in a folder, or in `my_spotify_data.zip`, as Spotify sends it."""

import zipfile
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

ZIP_NAME = "my_spotify_data.zip"


class Member(NamedTuple):
    """One file of a download; `name` is its path in it, with `/`."""

    name: str
    content: bytes


def write_members(members: Iterable[Member], path: Path, at: datetime, *, as_zip: bool) -> list[Path]:
    """Write files into the folder `path`, or into the zip there; return what was written, in order.

    The same files at the same moment give the same bytes. Each file is written before the next one is made.
    """
    path.mkdir(parents=True, exist_ok=True)
    if as_zip:
        target = path / ZIP_NAME
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for member in members:
                entry = zipfile.ZipInfo(member.name, at.timetuple()[:6])
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, member.content, compresslevel=1)
        return [target]
    written = []
    for member in members:
        target = path / member.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(member.content)
        written.append(target)
    return written


def pdf(title: str) -> bytes:
    """A PDF of one page that says `title`, as there is one in every download."""
    text = f"BT /F1 18 Tf 72 720 Td ({title}) Tj ET".encode("ascii")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    content = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(content)
    content += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    content += b"".join(b"%010d 00000 n \n" % place for place in places)
    return content + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        start,
    )
