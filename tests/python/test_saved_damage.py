"""A portfolio in a folder after kills, full disks and damage: some version of it, whole, or a word of what is wrong."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

import customerhealth as ch
from customerhealth import _core
from customerhealth.storage import disk
from saved import answers, at_once, model, plans, usage

WRITER = """
import sys
sys.path[:0] = {path!r}
import customerhealth as ch
from saved import usage
one = ch.Portfolio.open(sys.argv[1])
number = int(sys.argv[2])
while True:
    one.append(usage=usage(number), key=str(number))
    print(number, flush=True)
    if number % 3 == 0:
        one.drop(before=10**6)
    number += 1
"""


def test_killed_at_any_moment_it_is_some_version_with_all_that_returned(tmp_path: Path) -> None:
    ch.Portfolio(model(), usage=usage(0), plans=plans(0)).save(tmp_path)
    dice, done = random.Random(7), 0
    code = WRITER.format(path=sys.path)
    for _ in range(4):
        with subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path), str(done + 1)], stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            said = [writer.stdout.readline()]
            timer = threading.Timer(dice.random() * 0.4, writer.send_signal, [signal.SIGKILL])
            timer.start()
            said += writer.stdout.readlines()
        returned = [int(line) for line in said if line.endswith("\n")]
        found = ch.Portfolio.open(tmp_path, verify=True)
        keys = [key for key in found.versions()["key"].to_pylist() if key is not None]
        done = int(keys[-1])
        assert done >= returned[-1]
        assert answers(found) == at_once(*(usage(n) for n in range(done + 1)), plans=plans(0))
    found.append(usage=usage(0), key="after")
    found.drop(before=10**6)
    assert not list(tmp_path.glob(".tmp-*"))


def test_a_full_disk_leaves_the_version_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ch.Portfolio(model(), usage=usage(0)).save(tmp_path)
    one = ch.Portfolio.open(tmp_path)
    expected, files = answers(one), sorted(os.listdir(tmp_path))
    sync = os.fsync
    for full_at in range(4):
        left = iter([True] * full_at)

        def fsync(descriptor: int, left: Any = left) -> None:
            if not next(left, False):
                raise OSError(28, "No space left on device")
            sync(descriptor)

        monkeypatch.setattr(disk.os, "fsync", fsync)
        with pytest.raises(ch.DataError, match=r"could not be written .No space left on device.; what was there"):
            one.append(usage=usage(1), key="1")
        with pytest.raises(ch.DataError, match="could not be written"):
            one.compact()
        monkeypatch.undo()
        assert answers(one) == answers(ch.Portfolio.open(tmp_path)) == expected
        assert sorted(name for name in os.listdir(tmp_path) if name != "lock") == [n for n in files if n != "lock"]
    one.append(usage=usage(1), key="1")
    assert answers(one) == at_once(usage(0), usage(1))


def test_rows_that_are_refused_change_nothing(tmp_path: Path) -> None:
    ch.Portfolio(model(), usage=usage(0)).save(tmp_path)
    one = ch.Portfolio.open(tmp_path)
    before = sorted(os.listdir(tmp_path))
    with pytest.raises(ch.DataError, match="day"):
        one.append(usage=usage(1).drop_columns(["day"]), key="1")
    with pytest.raises(ch.DataError, match=r"usage.feature: number values here, but text values in the rows loaded"):
        one.append(usage=usage(1).set_column(2, "feature", pa.array(range(30))), key="1")
    with pytest.raises(ch.DataError, match="key: expected a text, got 3"):
        one.append(usage=usage(1), key=3)  # type: ignore[arg-type]
    assert sorted(os.listdir(tmp_path)) == before
    assert answers(one) == answers(ch.Portfolio.open(tmp_path)) == at_once(usage(0))


def test_folders_that_are_none_say_so(tmp_path: Path) -> None:
    with pytest.raises(ch.DataError, match="there is no such folder"):
        ch.Portfolio.open(tmp_path / "nowhere")
    with pytest.raises(ch.DataError, match="it holds no manifest of a saved portfolio"):
        ch.Portfolio.open(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(ch.DataError, match="it is no folder"):
        ch.Portfolio.open(tmp_path / "file")
    with pytest.raises(ch.DataError, match="holds other files: a portfolio is saved in a folder of its own"):
        ch.Portfolio(model(), usage=usage(0)).save(tmp_path)
    with pytest.raises(TypeError, match="a portfolio needs a Model, not a dict"):
        ch.Portfolio.open(tmp_path, {})  # type: ignore[arg-type]


def signed(folder: Path, number: int, content: dict[str, Any]) -> None:
    """A manifest that its checksum does not give away."""
    from customerhealth.storage import manifest

    (folder / f"manifest-{number:010}.json").unlink()
    assert manifest.write_manifest(folder, number, content)


def test_a_manifest_that_lies_is_refused(tmp_path: Path) -> None:
    from customerhealth.storage import manifest

    ch.Portfolio(model(), usage=usage(0), plans=plans(0)).save(tmp_path)
    whole = manifest.read_manifest(tmp_path, 1)
    for change, said in [
        ({"format": 2}, r"it has format 2 of customerhealth .*; this version reads format 1"),
        ({"files": {"../../etc/passwd": [1, "0" * 16]}}, "which is no file of a saved portfolio"),
        ({"files": {}}, "its manifest does not list"),
        ({"ledger": {}}, "its manifest does not say what it should"),
        ({"strict": "very"}, "strict is 'very'"),
        (
            {"appends": [{"key": None, "notes": [], "rows": 1, "tables": {"usage": "rows-" + "0" * 32 + ".arrow"}}]},
            "rows-",
        ),
    ]:
        signed(tmp_path, 1, whole | change)
        with pytest.raises(ch.DataError, match=said):
            ch.Portfolio.open(tmp_path)
    path = tmp_path / "manifest-0000000001.json"
    signed(tmp_path, 1, whole)
    text = path.read_bytes()
    for bad, said in [(text[:-20], "is no JSON"), (b"", "is no JSON"), (b"[]", "is no manifest"),
                      (text.replace(b"events", b"evenxs", 1), "damaged"), (b"[" * 10**5, "is no JSON")]:  # fmt: skip
        path.write_bytes(bad)
        with pytest.raises(ch.DataError, match=said):
            ch.Portfolio.open(tmp_path)


def test_files_that_are_damaged_are_found_or_crash_nothing(tmp_path: Path) -> None:
    ch.Portfolio(model(), usage=usage(0), plans=plans(0)).save(tmp_path)
    ch.Portfolio.open(tmp_path).append(usage=usage(1), key="1")
    files = sorted(tmp_path.glob("*.arrow"))
    dice = random.Random(3)
    for file in files:
        data = file.read_bytes()
        size = "bytes and should have"
        for bad, said in [(data[:-1], size), (b"", size), (None, "a file is missing")]:
            file.unlink()
            if bad is not None:
                file.write_bytes(bad)
            with pytest.raises(ch.DataError, match=said):
                ch.Portfolio.open(tmp_path)
            file.write_bytes(data)
    for turn in range(1000):
        file = files[turn % len(files)]
        data = file.read_bytes()
        bad = bytearray(data)
        for _ in range(dice.randrange(1, 4)):
            bad[dice.randrange(len(bad))] = dice.choice([0, 1, 127, 128, 255, dice.randrange(256)])
        file.unlink()  # never in place: a mapped file would change below another portfolio
        file.write_bytes(bad)
        if bytes(bad) != data and turn % 10 == 0:
            with pytest.raises(ch.DataError, match="damaged: its checksum is not that of its bytes"):
                ch.Portfolio.open(tmp_path, verify=True)
        with contextlib.suppress(ch.Error, UnicodeDecodeError):
            answers(ch.Portfolio.open(tmp_path, threads=1))
        file.unlink()
        file.write_bytes(data)
    assert answers(ch.Portfolio.open(tmp_path)) == at_once(usage(0), usage(1), plans=plans(0))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", 0xEF46DB3751D8E999),
        (b"a", 0xD24EC4F1A98C6E5B),
        (b"abc", 0x44BC2CF5AD770999),
        (b"Nobody inspects the spammish repetition", 0xFBCEA83C8A378BF1),
    ],
)
def test_checksums_are_those_of_xxh64(data: bytes, expected: int) -> None:
    assert _core.checksum(data) == expected
