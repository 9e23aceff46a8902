"""The mutants that cosmic-ray makes of a module, without those that cannot be told from the module itself.

A mutant that differs from the module in annotations alone, or behind `if TYPE_CHECKING`, is the same program: nothing
evaluates them (`from __future__ import annotations`).
"""

from __future__ import annotations

import ast
import pickle
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import cosmic_ray.plugins
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code

#: These two put variables where others are, and make as many mutants as there are pairs of variables.
_LEFT_OUT = frozenset({"core/VariableInserter", "core/VariableReplacer"})


@dataclass(frozen=True)
class Mutant:
    """One mutant of one module.

    path: the module, from the root of the repository. operator, occurrence: of cosmic-ray. line: the first one that
    differs, counted from 1. before, after: the lines that differ. source: of the whole module.
    nth: how many mutants with the same operator, `before` and `after` come before it in the module.
    """

    path: str
    operator: str
    occurrence: int
    line: int
    before: str
    after: str
    source: str
    nth: int

    @property
    def key(self) -> str:
        """What it is, whatever stands around it: so that results outlive other changes of the module."""
        return f"{self.path}:{self.operator}:{self.before.strip()}=>{self.after.strip()}:{self.nth}"


class _Meaning(ast.NodeTransformer):
    """Takes away what nothing evaluates."""

    def visit_arg(self, node: ast.arg) -> ast.arg:
        """Of a parameter."""
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """Of a variable."""
        self.generic_visit(node)
        node.annotation = ast.Constant(0)
        return node

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        node.returns = None
        self.generic_visit(node)
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = _function  # noqa: N815  ast's names

    def visit_If(self, node: ast.If) -> ast.AST:
        """What is imported for annotations alone."""
        self.generic_visit(node)
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            node.body = [ast.Pass()]
        return node


def meaning(source: str) -> str:
    """What a module says, without annotations and imports for them."""
    return ast.dump(_Meaning().visit(ast.parse(source)))


def mutants_of(root: Path, path: str) -> list[Mutant]:
    """Every mutant of a module that is another program, in a fixed order. Making them takes a while: they are kept."""
    name = sha256((root / path).read_bytes() + Path(__file__).read_bytes()).hexdigest()[:16]
    cache = root / ".cache" / "mutants" / f"made-{name}.pickle"
    if cache.exists():
        kept: list[Mutant] = pickle.loads(cache.read_bytes())  # noqa: S301  our own file
        return kept
    made = list(_mutants_of(root, path))
    cache.parent.mkdir(parents=True, exist_ok=True)
    cache.write_bytes(pickle.dumps(made))
    return made


def _mutants_of(root: Path, path: str) -> Iterator[Mutant]:
    source = (root / path).read_text(encoding="utf-8")
    same = meaning(source)
    tree = get_ast(source)
    nodes = list(ast_nodes(tree))
    seen: dict[tuple[str, str, str], int] = {}
    for name in sorted(cosmic_ray.plugins.operator_names()):
        if name in _LEFT_OUT:
            continue
        operator = cosmic_ray.plugins.get_operator(name)()
        count = sum(1 for node in nodes for _ in operator.mutation_positions(node))
        for occurrence in range(count):
            try:
                mutated = mutate_code(source, operator, occurrence)
            except AttributeError:
                # ExceptionReplacer finds more than it can replace: names with a dot, in a tuple.
                continue
            if mutated is None or _is_the_same(mutated, same):
                continue
            line, before, after = _difference(source, mutated)
            same_as = (name, before.strip(), after.strip())
            nth = seen[same_as] = seen.get(same_as, -1) + 1
            yield Mutant(path, name, occurrence, line, before, after, mutated, nth)


def _is_the_same(mutated: str, same: str) -> bool:
    try:
        return meaning(mutated) == same
    except SyntaxError:
        # Not a program: found by whoever imports it.
        return True


def _difference(source: str, mutated: str) -> tuple[int, str, str]:
    """The first line that differs, and what stands from there to the last one, before and after."""
    old, new = source.split("\n"), mutated.split("\n")
    first = next(index for index, (a, b) in enumerate(zip(old, new, strict=False)) if a != b)
    back = 0
    while back < min(len(old), len(new)) - first - 1 and old[-1 - back] == new[-1 - back]:
        back += 1
    return first + 1, "\n".join(old[first : len(old) - back]), "\n".join(new[first : len(new) - back])
