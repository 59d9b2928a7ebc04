"""Style ``helper``: one function of the file that makes the groups, called by all of its sites.

It takes the parameters, not the model: whatever the argument was is handed to it as it stands, read
once, with its comments. The decayed group inherits the constructor's coefficient.
"""

from __future__ import annotations

import ast
from typing import Final

from wdlint.facts import Edit, Span
from wdlint.fixes.comprehension import Comprehension, gives_pairs
from wdlint.fixes.listing import append_argument, list_around
from wdlint.fixes.locate import top_statement
from wdlint.fixes.names import Names, fresh_name
from wdlint.fixes.predicate import Predicate
from wdlint.fixes.split import OneGroup, both_halves
from wdlint.sources.text import Source

_NAMES: Final = ("parameter_groups", "decay_groups")


def split_by_helper(whole: OneGroup, predicate: Predicate) -> tuple[Edit, ...] | None:
    """Hand the argument to the file's helper, which is added where there is none yet.

    None where the file has no place for one, or the argument gives what it cannot take.
    """
    source = whole.source
    handed = _handed_over(whole, predicate)
    if handed is None or (whole.decay is not None and _may_say_more(whole.call)):
        return None
    edits = []
    name = _existing(whole, predicate)
    if not name:
        after = _last_import(source, whole.tree, whole.call)
        if after is None:
            return None
        name = fresh_name(whole.names, *_NAMES)
        edits.append(_below(source, after, _function(source, whole.names, name, predicate, whole.quote)))
    edits.append(Edit(whole.span, f"{name}({handed})"))
    if whole.decay is not None:
        edits.append(append_argument(source, whole.call, f"weight_decay={whole.decay}"))
    return tuple(edits)


def _may_say_more(call: ast.Call) -> bool:
    """Whether arguments that are spread could hold the coefficient too, which a keyword would repeat."""
    return any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords)


def _handed_over(whole: OneGroup, predicate: Predicate) -> str | None:
    """The argument as it stands, but with the names of its parameters where those are needed."""
    written = whole.source.slice(whole.span)
    if not predicate.texts:
        return None if gives_pairs(whole.names, whole.params) else written
    match whole.params:
        case ast.Call(func=ast.Attribute(attr="named_parameters"), args=[], keywords=[]):
            return written
        case ast.Call(func=ast.Attribute(attr="parameters") as func, args=[], keywords=[]):
            at = whole.source.span(func).end - len("parameters") - whole.span.start
            return f"{written[:at]}named_{written[at:]}"
    return None


# ------------------------------------------------------------------------ the function


def _function(source: Source, names: Names, name: str, predicate: Predicate, quote: str) -> str:
    """The helper's source, without a final line break."""
    if predicate.texts:
        argument, shape = "named_parameters", Comprehension("p", "p", "n, p", "parameters", name="n")
    else:
        argument, shape = "parameters", Comprehension("p", "p", "p", "parameters")
    before, after = list_around(names)
    unit = source.indent_unit
    start = f"{source.newline}{unit}{unit}"
    groups = both_halves(shape, predicate, None, quote, start, unit)
    lines = (
        f"def {name}({argument}):",
        f'{unit}"""Two groups for an optimizer: what it decays, and what it does not."""',
        f"{unit}parameters = {before}{argument}{after}",
        f"{unit}return [",
        *(f"{unit}{unit}{group}," for group in groups),
        f"{unit}]",
    )
    return source.newline.join(lines)


def _existing(whole: OneGroup, predicate: Predicate) -> str:
    """The name under which the file has this very function already; "" if it does not."""
    own = _function(Source("", ""), whole.names, "f", predicate, '"')
    wanted = _shape_of_function(ast.parse(own).body[0])
    top = top_statement(whole.tree, whole.call)
    for statement in whole.tree.body:
        if statement is top and not isinstance(statement, ast.FunctionDef | ast.ClassDef):
            break
        if isinstance(statement, ast.FunctionDef) and _shape_of_function(statement) == wanted:
            return statement.name
    return ""


def _shape_of_function(function: ast.stmt) -> str:
    assert isinstance(function, ast.FunctionDef)
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return ast.dump(function.args) + "".join(map(ast.dump, body))


# ---------------------------------------------------------------------------- its place


def _last_import(source: Source, tree: ast.Module, call: ast.Call) -> ast.stmt | None:
    """The last of the imports at the head of a file, if the call stands below it."""
    top = top_statement(tree, call)
    last = None
    for statement in tree.body:
        if statement is top or isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            break
        if _only_imports(statement):
            last = statement
    if last is None:
        return None
    rest = source.text[source.span(last).end : _end_of_line(source, last)].strip(" \t\f;")
    return None if rest and not rest.startswith("#") else last


def _only_imports(statement: ast.stmt) -> bool:
    """Whether a statement imports, or tries several imports."""
    match statement:
        case ast.Import() | ast.ImportFrom():
            return True
        case ast.Try(body=body) | ast.If(body=body):
            simple = ast.Import | ast.ImportFrom | ast.Pass | ast.Assign
            return any(map(_only_imports, body)) and all(isinstance(each, simple) for each in body)
    return False


def _below(source: Source, statement: ast.stmt, written: str) -> Edit:
    """Insert a function below a statement, two blank lines before it and after."""
    end = _end_of_line(source, statement)
    newline, rest = source.newline, source.text[end:]
    following, _ = source.position(end + len(rest) - len(rest.lstrip()))
    blank = following - source.position(end)[0] - 1
    missing = max(0, 2 - blank) if rest.strip() else 0
    return Edit(Span(end, end), newline * 3 + written + newline * missing)


def _end_of_line(source: Source, statement: ast.stmt) -> int:
    line, _ = source.position(source.span(statement).end)
    return source.line_starts[line - 1] + len(source.line(line))
