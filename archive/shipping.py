"""The shared store of a cluster: folders of files sent from one machine to another through a folder that both see, or
through any address that fsspec knows (`s3://bucket/prefix`, `hdfs://…`).

A *parcel* is such a folder. Its files come first, then, in one step, its manifest with their sizes and hashes: a
parcel without a manifest was never sent, and one that does not agree with it is torn. What is sent twice is two
parcels.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
import uuid
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from archive.errors import StoreError

MANIFEST = ".json"


class Store:
    """A place for parcels. StoreError names it, and what to do, where it cannot be written or read."""

    def __init__(self, url: str) -> None:
        from fsspec.core import url_to_fs

        self.url = url
        try:
            self.fs, self.root = url_to_fs(url)
        except (ImportError, ValueError) as error:
            raise StoreError(f"{url}: cannot be used as a store ({error}); name a folder that all machines see, or "
                               "an address that fsspec knows, with --store.") from None

    def send(self, folder: Path, parts: Iterable[str], name: str, about: Mapping[str, Any]) -> str:
        """Send files and folders of a folder; gives the name of the parcel, which begins with `name`."""
        parcel = f"{name}.{uuid.uuid4().hex[:12]}"
        found = [file for part in parts for file in (folder / part, *(folder / part).rglob("*")) if file.is_file()]
        files = {str(file.relative_to(folder)): file for file in found}
        manifest = {**about, "files": {path: [file.stat().st_size, _hash(file)] for path, file in files.items()}}
        with self._written(parcel):
            for path, file in files.items():
                target = self._at(f"{parcel}/{path}")
                self.fs.makedirs(target.rpartition("/")[0], exist_ok=True)
                self.fs.put_file(str(file), target)
            self.fs.pipe_file(self._at(f"{parcel}.part"), json.dumps(manifest).encode())
            self.fs.mv(self._at(f"{parcel}.part"), self._at(f"{parcel}{MANIFEST}"))
        return parcel

    def parcels(self, name: str = "") -> list[str]:
        """The parcels that were sent whole and whose names begin so."""
        try:
            self.fs.invalidate_cache()
            names = [path.rpartition("/")[2] for path in self.fs.ls(self.root, detail=False)]
        except FileNotFoundError:
            return []
        return sorted(found.removesuffix(MANIFEST) for found in names if found.startswith(name)
                      and found.endswith(MANIFEST))

    def about(self, parcel: str) -> dict[str, Any]:
        """What a parcel says of itself."""
        try:
            return dict(json.loads(self.fs.cat_file(self._at(f"{parcel}{MANIFEST}"))))
        except (OSError, ValueError) as error:
            raise StoreError(f"{self.url}: {parcel} cannot be read ({_reason(error)}).") from None

    @contextlib.contextmanager
    def opened(self, parcel: str) -> Iterator[Path]:
        """The folder of a parcel, every file of it compared with the manifest and on this machine's disk: where it is
        in the store, if that is a folder; a copy, for as long as it is used, if not."""
        with contextlib.ExitStack() as stack:
            if "file" in self.fs.protocol:
                folder = Path(self._at(parcel))
            else:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gongkai-")))
                self.fetch(parcel, folder)
            self._compare(parcel, folder)
            yield folder

    def fetch(self, parcel: str, folder: Path) -> None:
        """Copy the files of a parcel into a folder."""
        for path in self.about(parcel)["files"]:
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                self.fs.get_file(self._at(f"{parcel}/{path}"), str(target))
            except OSError as error:
                raise StoreError(f"{self.url}: {parcel}/{path} cannot be fetched ({_reason(error)}).") from None

    def drop(self, parcel: str) -> None:
        """Take a parcel out, its manifest first."""
        for path in (f"{parcel}{MANIFEST}", parcel):
            with contextlib.suppress(FileNotFoundError):
                self.fs.rm(self._at(path), recursive=True)

    def clear(self, beginning: str) -> None:
        """Take out all whose names begin so, also what was never sent whole."""
        with contextlib.suppress(FileNotFoundError):
            for path in self.fs.ls(self.root, detail=False):
                if path.rpartition("/")[2].startswith(beginning):
                    self.fs.rm(path, recursive=True)

    def _at(self, name: str) -> str:
        return f"{self.root.rstrip('/')}/{name}"

    def _compare(self, parcel: str, folder: Path) -> None:
        for path, said in self.about(parcel)["files"].items():
            file = folder / path
            if not file.is_file() or [file.stat().st_size, _hash(file)] != said:
                raise StoreError(f"{self.url}: {parcel} is torn: {path} is not what was sent.")

    @contextlib.contextmanager
    def _written(self, parcel: str) -> Iterator[None]:
        """What could not be sent whole is taken out again."""
        try:
            yield
        except Exception as error:  # every kind of store has its own
            with contextlib.suppress(Exception):
                self.drop(parcel)
                self.fs.rm(self._at(f"{parcel}.part"))
            raise StoreError(f"{self.url}: cannot be written ({_reason(error)}); free some space there, or name "
                               "another store with --store.") from error


def _hash(file: Path) -> str:
    """SHA-256 of a file, which is on the disk when this returns."""
    with file.open("rb") as stream:
        os.fsync(stream.fileno())
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or " ".join(str(error).split()) or type(error).__name__
