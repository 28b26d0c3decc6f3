"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile


def write_whole(path: Path, content: bytes) -> None:
    """Write *content* to the file *path*: synced under a random name beside it, then renamed.

    Raises:
        OSError: it cannot be written; what was there before still is.
    """
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name[:60]}.", suffix=".tmp", delete=False) as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            os.chmod(file.name, 0o666 & ~umask())
            os.replace(file.name, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(file.name)
            raise


def umask() -> int:
    """What new files are denied; it can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
