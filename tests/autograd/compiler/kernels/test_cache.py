"""The cache of kernels: whole files of the user's own are loaded and nothing else, and it stays small."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from autograd.compiler import cache as command
from autograd.compiler.kernels import cache
from autograd.compiler.kernels.cache import Unusable


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return cache.folder()


def kept(key: str, content: bytes = b"machine code") -> Path:
    with cache.working_folder() as work:
        (work / "library").write_bytes(content)
        return cache.keep(key, work / "library")


def test_what_is_kept_is_found_and_the_rest_is_not(folder):
    path = kept("a")
    assert cache.find("a") == path and cache.find("b") is None
    assert [p.name for p in folder.iterdir()] == ["a.so"]
    assert path.stat().st_mode & 0o777 == folder.stat().st_mode & 0o777 == 0o700


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def changed(path: Path) -> None:
    path.write_bytes(b"M" + path.read_bytes()[1:])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def writable_by_others(path: Path) -> None:
    path.chmod(0o722)


def linked(path: Path) -> None:
    other = path.with_name("other")
    path.rename(other)
    path.symlink_to(other)


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("spoil", [truncated, changed, emptied, writable_by_others, linked, a_folder])
def test_a_damaged_or_foreign_file_is_removed_and_not_found(spoil):
    spoil(kept("a"))
    assert cache.find("a") is None
    assert cache.find("a") is None and cache.find(kept("a").stem) is not None


def test_a_file_of_another_user_is_not_found(monkeypatch):
    kept("a")
    monkeypatch.setattr(cache, "_is_the_users", lambda found: (found.st_mode & 0o170000) == 0o040000)
    assert cache.find("a") is None


def test_a_folder_that_others_can_write_is_refused(folder):
    folder.chmod(0o777)
    with pytest.raises(Unusable, match="belongs to you and that only you can write"):
        cache.find("a")


def test_a_link_in_place_of_the_folder_is_refused(folder):
    folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to(folder.with_name("elsewhere"))
    with pytest.raises(Unusable, match="belongs to you"):
        cache.folder()


def test_the_files_that_were_not_used_for_longest_make_room(monkeypatch, folder):
    monkeypatch.setattr(cache, "MOST_BYTES", 3500)
    for i, key in enumerate("abcd"):
        os.utime(kept(key, bytes(1000)), (i, i))
    os.utime(folder / "b.so", (9, 9))
    kept("e", bytes(1000))
    assert sorted(p.name for p in folder.iterdir()) == ["b.so", "d.so", "e.so"]


def test_what_a_killed_process_left_is_removed(folder):
    remains, at_work = folder / "working-1", folder / "working-2"
    remains.mkdir()
    at_work.mkdir()
    os.utime(remains, (0, 0))
    kept("a")
    assert not remains.exists() and at_work.exists()


def test_notes_are_kept_beside_a_library_and_damaged_ones_are_none(folder):
    cache.note("a", "2 threads", [[1.0, 2.0]])
    cache.note("a", "1 threads", [[3.0, float("inf")]])
    assert cache.notes("a") == {"2 threads": [[1.0, 2.0]], "1 threads": [[3.0, float("inf")]]}
    (folder / "a.json").write_text("{")
    assert cache.notes("a") == cache.notes("b") == {}


def test_the_command_lists_and_clears_the_cache(capsys, folder):
    kept("0123456789abcdef01")
    cache.note("0123456789abcdef01", "2 threads", [[3.0, 2.0, 1.0]])
    command.main([])
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith("0123456789abcdef  ") and out[0].endswith("3.0 times NumPy")
    assert out[1] == f"1 kernels in {folder}"
    command.main(["--clear"])
    assert capsys.readouterr().out == "2 files removed\n" and not list(folder.iterdir())


def test_the_command_says_why_there_is_no_cache(monkeypatch, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(SystemExit):
        command.main([])
    assert "cannot be made" in capsys.readouterr().err
