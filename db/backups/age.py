"""Encrypted files in the form of age (age-encryption.org/v1) with a passphrase, written and read in chunks of 64 KiB.

The program `age` opens them as well (`age -d`), and these functions open what `age -p` has written. Each chunk is authenticated
with its number, and the last one as the last: whatever is changed, moved, added or cut off is noticed.
"""

import base64
import hmac
import io
import os
import re
import secrets
from hashlib import sha256
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from utils.errors import JobError, SettingsError

MAGIC = b"age-encryption.org/v1\n"
CHUNK = 65_536  # bytes of text; sealed they are 16 more
_SEALED = CHUNK + 16
_WORK = 17  # scrypt takes 2^17 * 1 KiB = 128 MiB of memory for a moment
_MOST_WORK = 18  # of a file that is read; `age` itself writes 18
_HEADER = re.compile(
    rb"(age-encryption\.org/v1\n-> scrypt ([\w+/]{22}) ([1-9]\d?)\n([\w+/]{43})\n---) ([\w+/]{43})\n"
)
_LONGEST_HEADER = 200  # bytes


def damaged(what: str) -> JobError:
    """A file that is not as it was written."""
    return JobError(
        f"The backup is damaged: {what}.", "Nothing was changed. Take another copy of it, or another backup."
    )


class AgeWriter(io.RawIOBase):
    """Takes bytes, and writes them encrypted; `close` writes the last chunk, and leaves `out` open."""

    def __init__(self, out: BinaryIO, key: str) -> None:
        super().__init__()
        file_key, salt, nonce = secrets.token_bytes(16), secrets.token_bytes(16), secrets.token_bytes(16)
        wrapped = ChaCha20Poly1305(_wrap_key(key, salt, _WORK)).encrypt(bytes(12), file_key, None)
        head = MAGIC + b"-> scrypt %s %d\n%s\n---" % (_base64(salt), _WORK, _base64(wrapped))
        out.write(head + b" " + _base64(_mac(file_key, head)) + b"\n" + nonce)
        self._out = out
        self._cipher = ChaCha20Poly1305(_derived(file_key, nonce, b"payload"))
        self._number = 0
        self._waiting = bytearray()  # never more than a chunk, which may be the last

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: "bytes | bytearray | memoryview") -> int:  # type: ignore[override]
        """Take all of it."""
        self._waiting += data
        while len(self._waiting) > CHUNK:
            self._seal(bytes(self._waiting[:CHUNK]), is_last=False)
            del self._waiting[:CHUNK]
        return len(data)

    def close(self) -> None:
        """Write what waits as the last chunk: without it, the file counts as cut off."""
        if not self.closed:
            self._seal(bytes(self._waiting), is_last=True)
            self._waiting.clear()
        super().close()

    def abandon(self) -> None:
        """Close without a last chunk, after an error."""
        super().close()

    def _seal(self, text: bytes, *, is_last: bool) -> None:
        self._out.write(self._cipher.encrypt(_nonce(self._number, is_last=is_last), text, None))
        self._number += 1


class AgeReader(io.RawIOBase):
    """Reads such a file from any place. Raises JobError from `damaged` where a chunk is not as it was written."""

    def __init__(self, file: BinaryIO, key: str) -> None:
        """Raises SettingsError for a key that does not fit, and for a file that was not encrypted with one."""
        super().__init__()
        file.seek(0)
        found = _HEADER.match(file.read(_LONGEST_HEADER))
        if found is None:
            raise SettingsError(
                "The file is encrypted in another way than with a key such as a backup has.",
                "Decrypt it with the program that has made it.",
            )
        head, salt, work, wrapped, mac = found.groups()
        if int(work) > _MOST_WORK:
            raise SettingsError(
                "The file's key takes more memory to try than a backup's.", "Decrypt it with age."
            )
        try:
            file_key = ChaCha20Poly1305(_wrap_key(key, _bytes(salt), int(work))).decrypt(
                bytes(12), _bytes(wrapped), None
            )
        except InvalidTag:
            raise SettingsError(
                "The key does not open this backup.",
                "Give the one that it was made with: in BACKUP_KEY, or typed (--key).",
            ) from None
        if not hmac.compare_digest(_mac(file_key, head), _bytes(mac)):
            raise damaged("its head was changed")
        begin = found.end() + 16
        file.seek(found.end())
        self._cipher = ChaCha20Poly1305(_derived(file_key, file.read(16), b"payload"))
        self._file, self._begin = file, begin
        sealed = file.seek(0, os.SEEK_END) - begin
        self._chunks = max(1, -(-sealed // _SEALED))
        self._size = sealed - 16 * self._chunks
        self._place, self._number, self._text = 0, -1, b""
        self._load(self._chunks - 1)

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go to a place of the text."""
        self._place = max(0, offset + {os.SEEK_CUR: self._place, os.SEEK_END: self._size}.get(whence, 0))
        return self._place

    def tell(self) -> int:
        """The place of the text."""
        return self._place

    def readinto(self, into: "bytearray | memoryview") -> int:  # type: ignore[override]
        """The next bytes, as far as the end of their chunk; none behind the end."""
        if self._place >= self._size:
            return 0
        self._load(self._place // CHUNK)
        text = self._text[self._place % CHUNK :][: len(into)]
        into[: len(text)] = text
        self._place += len(text)
        return len(text)

    def _load(self, number: int) -> None:
        if number == self._number:
            return
        self._file.seek(self._begin + number * _SEALED)
        try:
            self._text = self._cipher.decrypt(
                _nonce(number, is_last=number == self._chunks - 1), self._file.read(_SEALED), None
            )
        except InvalidTag:
            raise damaged("it was cut off, or changed") from None
        self._number = number


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])


def _wrap_key(key: str, salt: bytes, work: int) -> bytes:
    return Scrypt(b"age-encryption.org/v1/scrypt" + salt, 32, 2**work, 8, 1).derive(key.encode())


def _derived(file_key: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt, info).derive(file_key)


def _mac(file_key: bytes, head: bytes) -> bytes:
    return hmac.digest(_derived(file_key, b"", b"header"), head, sha256)


def _base64(value: bytes) -> bytes:
    return base64.b64encode(value).rstrip(b"=")


def _bytes(text: bytes) -> bytes:
    return base64.b64decode(text + b"=" * (-len(text) % 4))
