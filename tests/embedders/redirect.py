"""Move the imports of a module from `wsproto` to `rawws.core`, as an embedder would do it with search and replace."""

from __future__ import annotations

import ast
import re
from typing import TypeGuard

_FROM = re.compile(rb"\Afrom\s+wsproto\b")


def redirect(source: str) -> tuple[str, int]:
    """The same module, with `rawws.core` in the place of `wsproto` in its import statements and nowhere else.

    Returns the module and how many statements were redirected. Raises SyntaxError where `source` is no Python.
    """
    lines = source.encode().splitlines(keepends=True)  # ast counts columns in octets
    statements = [node for node in ast.walk(ast.parse(source)) if _imports_wsproto(node)]
    # From the last to the first, so that the places of those above stay what they were.
    for node in sorted(statements, key=lambda node: (node.lineno, node.col_offset), reverse=True):
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        before, after = lines[first][: node.col_offset], lines[last][node.end_col_offset :]
        statement = b"".join(lines[first : last + 1])[len(before) :].removesuffix(after)
        if isinstance(node, ast.ImportFrom):
            statement = _FROM.sub(b"from rawws.core", statement)
        else:
            statement = b"import " + ", ".join(_redirected(alias) for alias in node.names).encode()
        lines[first : last + 1] = [before + statement + after]
    redirected = b"".join(lines).decode()
    left = [node.lineno for node in ast.walk(ast.parse(redirected)) if _imports_wsproto(node)]
    assert not left, f"lines {left} still import wsproto"
    return redirected, len(statements)


def _imports_wsproto(node: ast.AST) -> TypeGuard[ast.Import | ast.ImportFrom]:
    names = []
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and not node.level:
        names = [node.module or ""]
    return any(name.partition(".")[0] == "wsproto" for name in names)


def _redirected(alias: ast.alias) -> str:
    """One name of an `import` statement."""
    top, dot, rest = alias.name.partition(".")
    if top != "wsproto":
        return f"{alias.name} as {alias.asname}" if alias.asname else alias.name
    if alias.asname or not dot:
        return f"rawws.core{dot}{rest} as {alias.asname or 'wsproto'}"
    # `import wsproto.events` loads the module and binds `wsproto`.
    return f"rawws.core.{rest}, rawws.core as wsproto"
