"""Where in a module something is: in which statement, in which function."""

from __future__ import annotations

import ast
import functools


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


def names_at(source: str, line: int) -> set[str]:
    """The names that the statement at a line gives to what it makes: of a module, or of a class in it."""
    found: set[str] = set()
    statements: list[ast.stmt] = ast.parse(source).body
    while statements:
        at = next((node for node in statements if node.lineno <= line <= (node.end_lineno or node.lineno)), None)
        if at is None:
            break
        found = {node.id for target in _targets(at) for node in ast.walk(target) if isinstance(node, ast.Name)} or found
        if isinstance(at, ast.ClassDef):
            found = {at.name}
        statements = at.body if isinstance(at, ast.ClassDef | ast.If) else []
    return found


def _targets(node: ast.stmt) -> list[ast.expr]:
    if isinstance(node, ast.Assign):
        return node.targets
    return [node.target] if isinstance(node, ast.AnnAssign | ast.AugAssign) else []


def uses_of(source: str, names: set[str]) -> set[int]:
    """The lines, inside of functions, of statements that use one of these names, by itself or as an attribute."""
    uses = _uses(source)
    return {line for name in names for line in uses.get(name, ())}


@functools.cache
def _uses(source: str) -> dict[str, set[int]]:
    """For each name, these lines; kept, since every module is asked for every mutant outside of functions."""
    found: dict[str, set[int]] = {}
    for function in ast.walk(ast.parse(source)):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for node in (node for part in function.body for node in ast.walk(part)):
                if isinstance(node, ast.Name | ast.Attribute):
                    found.setdefault(node.id if isinstance(node, ast.Name) else node.attr, set()).add(node.lineno)
    return found
