"""``--interactive`` at a terminal: what is asked, what an answer does, and what stays when one quits."""

from __future__ import annotations

import contextlib
import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("pseudo terminals are different there", allow_module_level=True)

import fcntl
import pty
import termios

ROOT = Path(__file__).parent.parent

HEAD = """\
import torch
from torch import nn


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 256)
        self.norm = nn.LayerNorm(256)


model = Classifier()
"""
SAFE = "optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=0.01)\n"
UNSAFE = SAFE.replace("0.01", "1e-5")
CLEAN = HEAD + SAFE.replace("Adam(", "SGD(")

QUESTION = "Make this fix? [y,n,a,q,e,?] "
UNSAFE_QUESTION = "Make this unsafe fix? [y,n,a,q,e,?] "

_BAR = re.compile(r"\r\[[#.]+\] \d+/\d+ files|\r\x1b\[K")
"""The progress bar that a slow machine gets to see."""


class Terminal:
    """wdlint in a terminal of its own; the findings, on the standard output, are kept apart."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.master, slave = pty.openpty()
        kept = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "wdlint", "--color", "never", *arguments],
            cwd=folder,
            stdin=slave,
            stdout=subprocess.PIPE,
            stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
            env={**kept, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "TERM": "dumb"},
        )
        os.close(slave)
        self.screen = ""

    def until(self, text: str) -> str:
        """What is shown up to and with ``text``."""
        end = time.monotonic() + 60
        while text not in self.screen:
            assert time.monotonic() < end, f"{text!r} did not come; instead: {self.screen}"
            if select.select([self.master], [], [], 1)[0] and not self._read():
                break
        assert text in self.screen, f"{text!r} did not come; instead: {self.screen}"
        shown, _, self.screen = self.screen.partition(text)
        return shown + text

    def _read(self) -> bool:
        try:
            data = os.read(self.master, 4096)
        except OSError:  # how Linux says that the other side is closed
            return False
        self.screen = _BAR.sub("", self.screen + data.decode().replace("\r\n", "\n"))
        return bool(data)

    def answer(self, text: str, question: str = QUESTION) -> str:
        """Wait for the question, answer it; what was shown before."""
        shown = self.until(question)
        os.write(self.master, text.encode())
        return shown

    def end(self) -> tuple[int, str]:
        """The exit code and the standard output."""
        out, _ = self.process.communicate(timeout=60)
        return self.process.returncode, out.decode()


@contextlib.contextmanager
def interactive(folder: Path, *arguments: str) -> Iterator[Terminal]:
    terminal = Terminal(folder, "--interactive", *arguments)
    try:
        yield terminal
    finally:
        terminal.process.kill()
        terminal.process.wait()
        os.close(terminal.master)


def test_a_fix_is_shown_and_made_when_it_is_wanted(tmp_path: Path) -> None:
    path = tmp_path / "train.py"
    path.write_text(HEAD + SAFE)
    with interactive(tmp_path) as terminal:
        shown = terminal.answer("y\n")
        code, out = terminal.end()
    assert shown.startswith("train.py:13:13: error WD101 coupled-weight-decay\nAdam puts weight decay 0.01 ")
    assert "\n \n \n model = Classifier()\n-optimizer = torch.optim.Adam(model.par" in shown
    assert "\n+optimizer = torch.optim.AdamW([\n" in shown
    assert "\nfix:    grouped AdamW\n" in shown
    assert "AdamW" in path.read_text()
    assert (code, out) == (0, "Fixed 1 finding in 1 file.\nAll clear: 1 file checked, 1 builds optimizers.\n")


def test_a_declined_fix_is_not_made_and_not_asked_for_again(tmp_path: Path) -> None:
    path = tmp_path / "train.py"
    path.write_text(HEAD + SAFE + SAFE)
    with interactive(tmp_path) as terminal:
        assert "train.py:13:13:" in terminal.answer("n\n")
        assert "train.py:14:13:" in terminal.answer("y\n")
        code, out = terminal.end()
    assert path.read_text().startswith(HEAD + SAFE + "optimizer = torch.optim.AdamW([\n")
    assert code == 1
    assert out.startswith("train.py:13:13: error WD101 coupled-weight-decay: [*] ")
    assert "Fixed 1 finding in 1 file.\nLeft 1 error in 1 file" in out


def test_later_fixes_are_offered_where_earlier_ones_have_moved_them(tmp_path: Path) -> None:
    path = tmp_path / "train.py"
    path.write_text(HEAD + SAFE + SAFE + SAFE)
    with interactive(tmp_path) as terminal:
        assert "train.py:13:13:" in terminal.answer("y\n")
        assert "train.py:17:13:" in terminal.answer("n\n")  # three lines further down than before
        assert "train.py:18:13:" in terminal.answer("y\n")
        assert terminal.end()[0] == 1
    text = path.read_text()
    assert text.count("AdamW(") == 2
    assert text.count("torch.optim.Adam(") == 1


def test_unsafe_fixes_are_marked_and_say_why(tmp_path: Path) -> None:
    path = tmp_path / "train.py"
    path.write_text(HEAD + UNSAFE)
    with interactive(tmp_path) as terminal:
        shown = terminal.answer("y\n", UNSAFE_QUESTION)
        assert terminal.end()[0] == 0
    assert "\nunsafe: weight_decay 1e-5 at lr 1e-3 has a time scale" in shown
    assert "AdamW" in path.read_text()


def test_all_makes_the_later_ones_but_asks_before_unsafe_ones(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(HEAD + SAFE + SAFE + UNSAFE)
    (tmp_path / "b.py").write_text(HEAD + SAFE)
    with interactive(tmp_path) as terminal:
        terminal.answer("a\n")
        terminal.answer("n\n", UNSAFE_QUESTION)
        code, out = terminal.end()
    assert code == 1
    assert "Fixed 3 findings in 2 files.\nLeft 1 error in 1 file" in out
    assert (tmp_path / "a.py").read_text().endswith(UNSAFE)


def test_all_makes_unsafe_ones_too_where_they_are_switched_on(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(HEAD + SAFE + UNSAFE)
    with interactive(tmp_path, "--unsafe-fixes") as terminal:
        terminal.answer("a\n")
        assert terminal.end()[0] == 0


@pytest.mark.parametrize("leave", ["q\n", "\x03", "\x04"], ids=["q", "Ctrl-C", "end of input"])
def test_quitting_keeps_what_was_accepted(tmp_path: Path, leave: str) -> None:
    path, other = tmp_path / "a.py", tmp_path / "b.py"
    path.write_text(HEAD + SAFE + SAFE)
    other.write_text(HEAD + SAFE)
    with interactive(tmp_path) as terminal:
        terminal.answer("y\n")
        terminal.answer(leave)
        code, out = terminal.end()
    assert code == 1
    assert path.read_text().endswith(SAFE)
    assert path.read_text().count("AdamW(") == 1
    assert other.read_text() == HEAD + SAFE
    assert "Fixed 1 finding in 1 file.\nLeft 2 errors in 2 files" in out
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.py", "b.py"]


def test_explain_shows_the_mathematics_and_asks_again(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(HEAD + SAFE)
    with interactive(tmp_path) as terminal:
        terminal.answer("e\n")
        assert "= math: " in terminal.answer("n\n")
        assert terminal.end()[0] == 1


@pytest.mark.parametrize("typed", ["?", "", "maybe"])
def test_what_is_no_answer_lists_the_answers_and_asks_again(tmp_path: Path, typed: str) -> None:
    (tmp_path / "train.py").write_text(HEAD + SAFE)
    with interactive(tmp_path) as terminal:
        terminal.answer(f"{typed}\n")
        assert "y  make this fix\nn  leave it\n" in terminal.answer("n\n")
        assert terminal.end()[0] == 1


def test_a_file_that_was_saved_meanwhile_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "train.py"
    path.write_text(HEAD + SAFE)
    with interactive(tmp_path) as terminal:
        terminal.until(QUESTION)
        path.write_text(HEAD + SAFE + "# and more\n")
        os.write(terminal.master, b"y\n")
        terminal.until("error: train.py: could not be written: it has changed since it was checked\n")
        assert terminal.end()[0] == 2
    assert path.read_text() == HEAD + SAFE + "# and more\n"


def test_a_file_that_is_gone_meanwhile_is_named(tmp_path: Path) -> None:
    path = tmp_path / "train.py"
    path.write_text(HEAD + SAFE)
    with interactive(tmp_path) as terminal:
        terminal.until(QUESTION)
        path.unlink()
        os.write(terminal.master, b"y\n")
        terminal.until("error: train.py: could not be written: no such file or directory\n")
        assert terminal.end()[0] == 2


def test_nothing_is_asked_where_nothing_can_be_fixed(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(CLEAN)
    with interactive(tmp_path) as terminal:
        assert terminal.end() == (0, "All clear: 1 file checked, 1 builds optimizers.\n")


def test_the_exit_code_tells_of_fixes_when_asked(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(HEAD + SAFE)
    with interactive(tmp_path, "--exit-non-zero-on-fix", "--show-fixes") as terminal:
        terminal.answer("y\n")
        code, out = terminal.end()
    assert code == 1
    assert out.startswith("train.py:13:13: fixed WD101 coupled-weight-decay: Adam puts ")


def test_a_program_gets_its_report_on_the_standard_output(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(HEAD + SAFE)
    with interactive(tmp_path, "--output-format", "json") as terminal:
        terminal.answer("n\n")
        code, out = terminal.end()
    assert code == 1
    assert out.startswith('{\n  "version": 1,')
