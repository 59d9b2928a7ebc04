"""Where imports are looked up: the folders of the code, and the packages of an environment."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from dataclasses import replace
from pathlib import Path

import pytest

from tests.test_cli import CLEAN, Result, Wdlint, folder, run, write
from wdlint.settings import Flags, Settings, SettingsError, default_settings, load
from wdlint.settings.described import describe
from wdlint.sources.environment import check_environment, import_roots

__all__ = ["folder", "run"]  # fixtures


@pytest.fixture(autouse=True)
def _inactive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)


def virtual(path: Path, version: str = "3.11", config: str = "") -> Path:
    """A virtual environment as far as it is looked at; its packages' folder."""
    packages = path / f"lib/python{version}/site-packages"
    packages.mkdir(parents=True)
    (path / "pyvenv.cfg").write_text(config or f"version = {version}.4\n")
    write(path / "bin/python", "")
    return packages


def roots(tmp_path: Path, file: str = "train.py", **settings: object) -> list[str]:
    """The import roots of a file of ``tmp_path``, those below it only, relative to it."""
    write(tmp_path / "pyproject.toml", "")
    found = import_roots(replace(default_settings(), cwd=str(tmp_path), **settings), file)  # type: ignore[arg-type]
    inside = [os.path.relpath(root, tmp_path) for root in found if root.startswith(str(tmp_path))]
    return [name.replace(os.sep, "/") for name in inside]


def packages(tmp_path: Path, python: Path) -> list[str]:
    return [name for name in roots(tmp_path, python=str(python)) if name != "."]


def test_the_files_own_folders_come_before_those_above_it_and_the_projects_src(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    virtual(tmp_path / ".venv")
    assert roots(tmp_path, "tools/inner/train.py") == [
        "tools/inner",
        "tools",
        ".",
        "src",
        ".venv/lib/python3.11/site-packages",
    ]


def test_roots_that_are_named_come_first(tmp_path: Path) -> None:
    assert roots(tmp_path, src=(str(tmp_path / "lib"),)) == ["lib", "."]


def test_a_project_known_by_its_readme_gives_its_folders_outside_a_package_first(tmp_path: Path) -> None:
    write(tmp_path / "README.md", "# A paper\n")
    write(tmp_path / "src/x.py", "")
    write(tmp_path / "engine/__init__.py", "")
    write(tmp_path / "engine/train.py", "")
    found = import_roots(replace(default_settings(), cwd=str(tmp_path)), "engine/train.py")
    assert found[:3] == (str(tmp_path), str(tmp_path / "engine"), str(tmp_path / "src"))


def test_an_active_environment_comes_before_the_one_beside_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    virtual(tmp_path / ".venv")
    virtual(tmp_path / "active")
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "active"))
    assert roots(tmp_path)[1:] == ["active/lib/python3.11/site-packages"]
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "gone"))
    assert roots(tmp_path)[1:] == [".venv/lib/python3.11/site-packages"]


def test_without_an_environment_wdlints_own_packages_count(tmp_path: Path) -> None:
    write(tmp_path / "pyproject.toml", "")
    found = import_roots(replace(default_settings(), cwd=str(tmp_path)), "train.py")
    assert sysconfig.get_path("purelib") in found


@pytest.mark.parametrize("spelled", ["env", "env/bin/python", "env/lib/python3.11/site-packages"])
def test_an_environment_is_named_by_folder_interpreter_or_packages(tmp_path: Path, spelled: str) -> None:
    virtual(tmp_path / "env")
    assert packages(tmp_path, tmp_path / spelled) == ["env/lib/python3.11/site-packages"]


def test_a_windows_environment_is_one_too(tmp_path: Path) -> None:
    write(tmp_path / "env/Scripts/python.exe", "")
    (tmp_path / "env/Lib/site-packages").mkdir(parents=True)
    if not (tmp_path / "env/lib").exists():  # where the file system tells them apart
        for spelled in ("env", "env/Scripts/python.exe"):
            assert packages(tmp_path, tmp_path / spelled) == ["env/Lib/site-packages"]


def test_a_folder_of_packages_by_any_name(tmp_path: Path) -> None:
    write(tmp_path / "vendored/timm-1.0.dist-info/METADATA", "")
    assert packages(tmp_path, tmp_path / "vendored") == ["vendored"]


def test_of_several_versions_the_environments_own_counts_else_the_newest(tmp_path: Path) -> None:
    for version in ("3.9", "3.10", "3.12"):
        (tmp_path / f"env/lib/python{version}/site-packages").mkdir(parents=True)
    assert packages(tmp_path, tmp_path / "env") == ["env/lib/python3.12/site-packages"]
    write(tmp_path / "env/bin/python3.9", "")
    assert packages(tmp_path, tmp_path / "env/bin/python3.9") == ["env/lib/python3.9/site-packages"]
    write(tmp_path / "other/pyvenv.cfg", "version = 3.10.2\n")
    for version in ("3.10", "3.12"):
        (tmp_path / f"other/lib/python{version}/site-packages").mkdir(parents=True)
    assert packages(tmp_path, tmp_path / "other") == ["other/lib/python3.10/site-packages"]


def test_the_systems_packages_count_where_the_environment_includes_them(tmp_path: Path) -> None:
    (tmp_path / "system/lib/python3/dist-packages").mkdir(parents=True)
    config = f"home = {tmp_path / 'system/bin'}\ninclude-system-site-packages = true\nversion = 3.11.1\n"
    virtual(tmp_path / "env", config=config)
    assert packages(tmp_path, tmp_path / "env") == [
        "env/lib/python3.11/site-packages",
        "system/lib/python3/dist-packages",
    ]


def test_paths_in_pth_files_are_honoured_and_code_in_them_is_not(tmp_path: Path) -> None:
    site = virtual(tmp_path / "env")
    (tmp_path / "editable").mkdir()
    (tmp_path / "ran").mkdir()
    (site / "inside").mkdir()
    (site / "a.pth").write_text(f"# a comment\n\n{tmp_path / 'editable'}\ninside\nnowhere\n")
    (site / "b.pth").write_text(f"import sys; sys.path.append({str(tmp_path / 'ran')!r})\n")
    (site / "c.pth").write_bytes(b"\xff\xfe\n")
    assert packages(tmp_path, tmp_path / "env") == [
        "env/lib/python3.11/site-packages",
        "editable",
        "env/lib/python3.11/site-packages/inside",
    ]


def test_a_real_environment_gives_the_folder_its_interpreter_names(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "env"], check=True)
    scripts = "Scripts/python.exe" if sys.platform == "win32" else "bin/python"
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    asked = subprocess.run(
        [tmp_path / "env" / scripts, "-c", code], capture_output=True, text=True, check=True
    )
    wanted = os.path.relpath(asked.stdout.strip(), tmp_path)
    for spelled in ("env", f"env/{scripts}"):
        assert packages(tmp_path, tmp_path / spelled) == [wanted.replace(os.sep, "/")]


# --------------------------------------------------------------------------- settings


def configured(tmp_path: Path, body: str, flags: Flags | None = None) -> Settings:
    write(tmp_path / "pyproject.toml", f"[tool.wdlint]\n{body}")
    return load(["."], tmp_path, flags)


def test_settings_are_relative_to_their_file_and_flags_to_the_working_folder(tmp_path: Path) -> None:
    virtual(tmp_path / ".venv")
    for name in ("lib", "inner/own"):
        (tmp_path / name).mkdir(parents=True)
    write(tmp_path / "pyproject.toml", '[tool.wdlint]\npython = ".venv"\nsrc = ["lib"]\n')
    found = load(["."], tmp_path / "inner", Flags(roots=("own",)))
    assert found.python == str(tmp_path / ".venv")
    assert found.src == (str(tmp_path / "inner/own"), str(tmp_path / "lib"))
    file = (tmp_path / "pyproject.toml").as_posix()
    assert dict(found.origins) == {"python": f"{file}:2", "src": f"{file}:3, --root"}
    shown = describe(found)
    assert f'python = "{found.python}"'.replace("\\", "\\\\") in shown
    check_environment(found)


def test_by_default_neither_is_set() -> None:
    assert (default_settings().python, default_settings().src) == ("", ())
    assert "# default\n# python\n# default\nsrc = []\n" in describe(default_settings())


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('python = "nope"', "pyproject.toml:2: 'python': no such file or folder 'nope'"),
        ('python = ""', "pyproject.toml:2: 'python': no such file or folder ''"),
        ("python = 3", "pyproject.toml:2: 'python' must be a path, for example \".venv\", not 3"),
        ('src = ["lib",\n  "nope"]', "pyproject.toml:3: 'src': no such file or folder 'nope'"),
        ('src = ["pyproject.toml"]', "pyproject.toml:2: 'src': not a folder: 'pyproject.toml'"),
        ('src = "lib"', "pyproject.toml:2: 'src' must be an array of folders, not \"lib\""),
    ],
)
def test_a_path_that_is_not_there_is_one_line(tmp_path: Path, body: str, message: str) -> None:
    (tmp_path / "lib").mkdir()
    with pytest.raises(SettingsError) as caught:
        configured(tmp_path, body)
    assert str(caught.value) == message


@pytest.mark.parametrize("command", [("check",), ("params", "train.py")])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--python", "nope"), "--python: no such file or folder 'nope'"),
        (("--root", "nope"), "--root: no such file or folder 'nope'"),
        (("--root", "train.py"), "--root: not a folder: 'train.py'"),
        (
            ("--python", "train.py"),
            "--python: no site-packages at '{}'; name a virtual environment, its interpreter or its site-packages",
        ),
    ],
)
def test_both_commands_refuse_paths_that_are_not_there(
    folder: Path, run: Wdlint, command: tuple[str, ...], arguments: tuple[str, ...], message: str
) -> None:
    write(folder / "train.py", CLEAN)
    expected = f"error: {message.format(folder / 'train.py')}\n"
    assert run(*command, *arguments) == Result(2, "", expected)


def test_both_commands_take_an_environment_and_roots(folder: Path, run: Wdlint) -> None:
    write(folder / "train.py", CLEAN)
    virtual(folder / "env")
    (folder / "lib").mkdir()
    for command in (("check",), ("params", "train.py")):
        assert run(*command, "--python", "env/bin/python", "--root", "lib", "--root", ".").code == 0
