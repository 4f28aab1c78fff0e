"""Versions of a portfolio in a folder: kept until they are dropped, and written by several at a time."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

import customerhealth as ch
from saved import AS_OF, answers, at_once, model, plans, usage


def test_versions_are_kept_until_they_are_dropped(tmp_path: Path) -> None:
    ch.Portfolio(model(), usage=usage(0)).save(tmp_path, note="from the start")
    one = ch.Portfolio.open(tmp_path)
    for number in range(1, 5):
        one.append(usage=usage(number), key=f"day {number}", note=f"source at {number}")
    versions = one.versions().to_pylist()
    assert [(row["version"], row["key"], row["note"]) for row in versions[:3]] == [
        (1, None, "from the start"), (2, "day 1", "source at 1"), (3, "day 2", "source at 2"),
    ]  # fmt: skip
    assert answers(ch.Portfolio.open(tmp_path, version=3)) == at_once(usage(0), usage(1), usage(2))
    with pytest.raises(ch.DataError, match=r"version 3 of .* was opened to be read"):
        ch.Portfolio.open(tmp_path, version=3).append(usage=usage(9))
    expected = answers(one)
    files = set(os.listdir(tmp_path))
    one.drop(before=100)
    assert one.versions()["version"].to_pylist() == [4, 5]
    one.compact()
    one.drop(before=100)
    assert len(set(os.listdir(tmp_path)) - files) > 0
    assert answers(ch.Portfolio.open(tmp_path, verify=True)) == expected
    with pytest.raises(ch.DataError, match="it has no version 1"):
        ch.Portfolio.open(tmp_path, version=1)
    with pytest.raises(ch.DataError, match="versions: this portfolio was not opened from a folder"):
        ch.Portfolio(model(), usage=usage(0)).versions()


def test_readers_go_on_while_versions_are_dropped(tmp_path: Path) -> None:
    ch.Portfolio(model(), usage=usage(0)).save(tmp_path)
    one = ch.Portfolio.open(tmp_path)
    failed: list[BaseException] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            try:
                assert len(ch.Portfolio.open(tmp_path).score(AS_OF)) > 0
            except BaseException as error:
                failed.append(error)
                return

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(1, 12):
        one.append(usage=usage(number), key=str(number % 3))
        one.compact()
        one.drop(before=10**6)
    stop.set()
    for reader in readers:
        reader.join()
    assert not failed, failed[0]


def test_two_writers_lose_nothing(tmp_path: Path) -> None:
    ch.Portfolio(model(), plans=plans(0)).save(tmp_path)
    first, second = ch.Portfolio.open(tmp_path), ch.Portfolio.open(tmp_path)
    first.append(usage=usage(1), key="1")
    second.append(usage=usage(2), key="2")  # on top of the other's
    first.append(usage=usage(3), key="2")  # takes the place of what the other wrote
    assert answers(ch.Portfolio.open(tmp_path)) == at_once(usage(1), usage(3), plans=plans(0))
    writers = [ch.Portfolio.open(tmp_path) for _ in range(3)]

    def write(place: int) -> None:
        for number in range(4):
            writers[place].append(usage=usage(10 * place + number), key=f"{place} {number}")

    threads = [threading.Thread(target=write, args=(place,)) for place in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = ch.Portfolio.open(tmp_path)
    assert found.versions()["version"].to_pylist()[-1] == 4 + 12
    rows = [usage(1), usage(3), *(usage(10 * place + number) for place in range(3) for number in range(4))]
    assert found.score(AS_OF).table["events"].to_pylist() == [
        float(sum(table["id"].to_pylist().count(account) for table in rows)) for account in found.accounts.to_pylist()
        if any(account in table["id"].to_pylist() for table in rows) or account in plans(0)["id"].to_pylist()
    ]  # fmt: skip
