"""The shared store: what was not sent whole was never sent, and what is torn is named."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from archive.errors import StoreError
from archive.shipping import Store

SEND = "import sys; from pathlib import Path; from archive.shipping import Store; " \
       "print(Store(sys.argv[2]).send(Path(sys.argv[1]), ('big',), 'run.1.shard', {}))"  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder to send."""
    (tmp_path / "from/warc").mkdir(parents=True)
    (tmp_path / "from/gongkai.db").write_bytes(b"database")
    (tmp_path / "from/warc/a.warc.gz").write_bytes(b"record")
    (tmp_path / "from/lock").write_bytes(b"")
    return tmp_path / "from"


@pytest.fixture(params=["{}", "memory://{}"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """A folder, and a store of another kind that fsspec knows."""
    return Store(request.param.format(tmp_path / "store"))


def files(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_what_is_sent_arrives(store: Store, folder: Path) -> None:
    parcel = store.send(folder, ("gongkai.db", "warc"), "run.1.shard", {"sites": ["a"]})
    again = store.send(folder, ("gongkai.db",), "run.1.shard", {"sites": ["a"]})
    store.send(folder, ("gongkai.db",), "run.11.shard", {"sites": ["b"]})
    assert store.parcels("run.1.") == sorted([parcel, again])
    assert store.about(parcel)["sites"] == ["a"]
    with store.opened(parcel) as found:
        assert files(found) == {"gongkai.db": b"database", "warc/a.warc.gz": b"record"}
    store.drop(parcel)
    assert store.parcels("run.1.") == [again]
    store.clear("run.1.")
    assert [name.partition(".shard")[0] for name in store.parcels()] == ["run.11"]


def test_what_is_torn_is_named(store: Store, folder: Path) -> None:
    parcel = store.send(folder, ("gongkai.db", "warc"), "run.1.shard", {})
    for spoil in (lambda path: store.fs.pipe_file(path, b"rec0rd"), store.fs.rm):
        spoil(f"{store.root}/{parcel}/warc/a.warc.gz")
        said = r"run\.1\.shard.*(is torn: warc/a\.warc\.gz|cannot be fetched)"
        with pytest.raises(StoreError, match=said), store.opened(parcel):
            pass
    store.fs.rm(f"{store.root}/{parcel}.json")
    assert store.parcels() == []


def test_a_full_store_is_named_and_holds_no_half_parcel(tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(b"0" * 4_000_000)

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))

    ran = subprocess.run([sys.executable, "-c", SEND, tmp_path, tmp_path / "store"], capture_output=True, text=True,
                         preexec_fn=limit, check=False)  # fmt: skip
    assert f"StoreError: {tmp_path / 'store'}: cannot be written (File too large); free some space" in ran.stderr
    assert not [path for path in (tmp_path / "store").rglob("*") if path.is_file()]


def test_what_is_no_store_is_named(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(StoreError, match="gibberish://x: cannot be used as a store"):
        Store("gibberish://x")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError, match="cannot be written"):
        Store(str(tmp_path / "file")).send(folder, ("gongkai.db",), "run.1.shard", {})
