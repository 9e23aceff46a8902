"""Where in a module something is: in which statement, in which function."""

from __future__ import annotations

import ast


def statement_at(source: str, line: int) -> range:
    """The lines of the innermost statement at a line; of one that has a body, without that."""
    best = range(line, line + 1)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno):
            body = getattr(node, "body", None)
            end = body[0].lineno if body else (node.end_lineno or node.lineno) + 1
            if line < end or line == node.lineno:
                best = range(node.lineno, max(end, node.lineno + 1))
    return best


def function_at(source: str, line: int) -> range | None:
    """The lines of the outermost function at a line; None where there is none."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.lineno <= line <= (node.end_lineno or 0):
            return range(node.lineno, (node.end_lineno or node.lineno) + 1)
    return None
