"""``--show-settings``: the settings as TOML, each with where it was said."""

from __future__ import annotations

from collections.abc import Mapping

from wdlint.settings.values import Settings


def describe(settings: Settings) -> str:
    """The settings as TOML, each with where it was said; what ``--show-settings`` prints."""
    origins = dict(settings.origins)
    chosen = [f"{key}: {origins[key]}" for key in ("select", "extend-select", "ignore") if key in origins]
    shown: list[tuple[str, object, str]] = [
        ("rules", sorted(settings.rules), "; ".join(chosen)),
        ("pedantic", settings.pedantic, origins.get("pedantic", "")),
        ("exclude", list(settings.exclude), _joined(origins, "exclude", "extend-exclude")),
        ("force-exclude", settings.force_exclude, origins.get("force-exclude", "")),
        ("respect-gitignore", settings.respect_gitignore, origins.get("respect-gitignore", "")),
        ("per-file-ignores", settings.per_file_ignores, origins.get("per-file-ignores", "")),
        ("extend-catalogue", list(settings.extend_catalogue), origins.get("extend-catalogue", "")),
        ("output-format", settings.output_format, origins.get("output-format", "")),
        ("baseline", settings.baseline or None, origins.get("baseline", "")),
        ("severity", dict(settings.severities), origins.get("severity", "")),
        ("fail-on", settings.fail_on, origins.get("fail-on", "")),
        ("python", settings.python or None, origins.get("python", "")),
        ("src", list(settings.src), origins.get("src", "")),
        ("fix.weight-decay", settings.weight_decay, origins.get("fix.weight-decay", "")),
        ("fix.unsafe", settings.unsafe_fixes, origins.get("fix.unsafe", "")),
        ("fix.style", settings.fix_style, origins.get("fix.style", "")),
        ("fix.no-decay", list(settings.no_decay) or None, origins.get("fix.no-decay", "")),
    ]
    lines = [f"# patterns are relative to {settings.root}"]
    for key, value, origin in shown:
        lines += [f"# {origin or 'default'}", f"{key} = {_toml(value)}" if value is not None else f"# {key}"]
    return "\n".join(lines) + "\n"


def _joined(origins: Mapping[str, str], *keys: str) -> str:
    return ", ".join(origins[key] for key in keys if key in origins)


def _toml(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case list():
            return f"[{', '.join(map(_toml, value))}]"
        case tuple():
            entries = (f"{_toml(pattern)} = {_toml(sorted(codes))}" for pattern, codes in value)
            return "{" + ", ".join(entries) + "}"
        case dict():
            entries = (f"{_toml(key)} = {_toml(inner)}" for key, inner in sorted(value.items()))
            return "{" + ", ".join(entries) + "}"
        case float() | int():
            return str(value)
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
