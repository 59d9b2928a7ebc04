"""``--diff`` through real programs: what ``git apply`` and ``patch`` make of it is what ``--fix`` makes."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from wdlint import cli

COUPLED = """\
import torch

# Größe
model = torch.nn.Linear(8, 8)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=0.01)
print(optimizer)
"""

PROGRAMS = {
    "git apply": ["git", "apply", "-"],
    "patch -p1": ["patch", "-p1", "--binary", "--quiet"],
}

FORMS: dict[str, Callable[[str], bytes]] = {
    "LF": str.encode,
    "CRLF": lambda text: text.replace("\n", "\r\n").encode(),
    "no newline at the end": lambda text: text.replace("\nprint(optimizer)\n", "").encode(),
    "a byte order mark": lambda text: text.encode("utf-8-sig"),
    "Latin-1": lambda text: f"# coding: latin-1\n{text}".encode("latin-1"),
    "form feeds and lone CRs": lambda text: text.replace("# Größe\n", "\x0c\n# a\r# b\n").encode(),
}

NAMES = ["train.py", "with space.py", "Größe.py", "重み.py", 'say "so".py', "-dash.py", "sub folder/a'b.py"]


def needs(program: str) -> None:
    if shutil.which(PROGRAMS[program][0]) is None:
        pytest.skip(f"{program} is not installed")


@pytest.fixture
def diff(capfdbinary: pytest.CaptureFixture[bytes]) -> Callable[..., bytes]:
    def call(*arguments: str) -> bytes:
        capfdbinary.readouterr()
        assert cli.main(["--diff", "-q", *arguments]) == 1
        return capfdbinary.readouterr().out

    return call


def apply(program: str, text: bytes, folder: Path) -> None:
    done = subprocess.run(PROGRAMS[program], cwd=folder, input=text, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


def repository(folder: Path) -> Path:
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True, stderr=subprocess.DEVNULL)
    return folder


def check_equal(program: str, path: Path, text: bytes, folder: Path) -> None:
    """Applying the patch in ``folder`` gives the bytes that ``--fix`` gives."""
    before = path.read_bytes()
    apply(program, text, folder)
    patched = path.read_bytes()
    path.write_bytes(before)
    assert cli.main(["--fix", "-q", f"./{path.name}" if path.parent == Path.cwd() else str(path)]) == 0
    assert path.read_bytes() == patched != before


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("form", FORMS)
def test_whatever_a_file_is_written_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, diff: Callable[..., bytes], program: str, form: str
) -> None:
    needs(program)
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "train.py"
    path.write_bytes(FORMS[form](COUPLED))
    check_equal(program, path, diff(), tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="names are different there")
@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("name", NAMES)
def test_whatever_a_file_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, diff: Callable[..., bytes], program: str, name: str
) -> None:
    needs(program)
    monkeypatch.chdir(tmp_path)
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(COUPLED)
    check_equal(program, path, diff(), tmp_path)


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("named", ["", "train.py", "absolute"])
def test_in_a_folder_of_a_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, diff: Callable[..., bytes], program: str, named: str
) -> None:
    needs(program)
    inside = repository(tmp_path) / "src/deep"
    inside.mkdir(parents=True)
    path = inside / "train.py"
    path.write_text(COUPLED)
    monkeypatch.chdir(inside)
    text = diff(*[str(path) if named == "absolute" else named] if named else [])
    assert text.startswith(b"--- a/train.py\n")
    check_equal(program, path, text, inside)


@pytest.mark.parametrize("program", PROGRAMS)
def test_files_beside_the_folder_count_from_the_top_and_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], program: str
) -> None:
    needs(program)
    top = repository(tmp_path)
    for name in ("inside", "beside"):
        (top / f"src/{name}").mkdir(parents=True)
        (top / f"src/{name}/train.py").write_text(COUPLED)
    monkeypatch.chdir(top / "src/inside")
    assert cli.main(["--diff", ".", "../beside"]) == 1
    out, err = capfdbinary.readouterr()
    note = f"note: apply the patch in {top}; not all of its files are below this folder\n"
    assert err.decode().startswith(note)
    assert b"--- a/src/beside/train.py\n" in out
    assert b"--- a/src/inside/train.py\n" in out
    apply(program, out, top)
    assert "AdamW" in (top / "src/beside/train.py").read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
@pytest.mark.parametrize("program", PROGRAMS)
def test_a_link_is_patched_where_it_points_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, diff: Callable[..., bytes], program: str
) -> None:
    needs(program)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "real").mkdir()
    (tmp_path / "real/train.py").write_text(COUPLED)
    (tmp_path / "link.py").symlink_to("real/train.py")
    text = diff("link.py")
    assert text.startswith(b"--- a/real/train.py\n")
    apply(program, text, tmp_path)
    assert "AdamW" in (tmp_path / "real/train.py").read_text()
    assert (tmp_path / "link.py").is_symlink()
