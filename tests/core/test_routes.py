"""Paths and what they lead to."""

from __future__ import annotations

import pytest

from rawws.core.routes import PathPattern, PathTable, path_of


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("/", "/", {}),
        ("/", "", None),
        ("/", "/x", None),
        ("/chat", "/chat", {}),
        ("/chat", "/chat/", None),
        ("/chat", "/Chat", None),
        ("/chat", "/c%68at", {}),
        ("/caf%C3%A9", "/caf%c3%a9", {}),
        ("/rooms/{room}", "/rooms/one", {"room": "one"}),
        ("/rooms/{room}", "/rooms/caf%C3%A9", {"room": "café"}),
        ("/rooms/{room}", "/rooms/a%2Fb", {"room": "a/b"}),
        ("/rooms/{room}", "/rooms/", None),
        ("/rooms/{room}", "/rooms/a/b", None),
        ("/rooms/{room}", "/rooms/%ff", None),
        ("/rooms/{room}/x", "/rooms/one/x", {"room": "one"}),
        ("/users/{number:int}", "/users/42", {"number": 42}),
        ("/users/{number:int}", "/users/007", {"number": 7}),
        ("/users/{number:int}", "/users/4x", None),
        ("/users/{number:int}", "/users/-4", None),
        ("/users/{number:int}", "/users/%34", None),
        ("/users/{number:int}", "/users/٤", None),
        ("/users/{number:int}", "/users/" + "9" * 4000, None),
        ("/files/{rest:path}", "/files/a", {"rest": "a"}),
        ("/files/{rest:path}", "/files/a/b%2Fc/", {"rest": "a/b/c/"}),
        ("/files/{rest:path}", "/files/", None),
        ("/files/{rest:path}", "/files", None),
        ("/{a}/{b}", "/1/2", {"a": "1", "b": "2"}),
        ("/a/{b}/{rest:path}", "/a/1/2", {"b": "1", "rest": "2"}),
        ("/a/{b}/{rest:path}", "/a/1/2/3", {"b": "1", "rest": "2/3"}),
        ("/a/{b}/{rest:path}", "/a/1", None),
        ("/a/{b}/{rest:path}", "/a", None),
        ("/a%2Fb", "/a%2Fb", {}),
        ("/a%2Fb", "/a/b", None),
    ],
)
def test_matching(pattern: str, path: str, expected: dict[str, str | int] | None) -> None:
    """A path matches as a whole, segment by segment, and its values come out decoded and in their kinds."""
    assert PathPattern(pattern).match(path) == expected


def test_a_pattern_may_be_long() -> None:
    """Hundreds of segments with names are matched, and each name gets what is at its place."""
    pattern = PathPattern("".join(f"/{{name{number}}}" for number in range(300)))
    assert pattern.match("".join(f"/{number}" for number in range(300))) == {f"name{n}": str(n) for n in range(300)}
    assert pattern.match("/x" * 299) is None
    assert pattern.match("/x" * 301) is None


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/", "/"),
        ("/a/b?c=/d", "/a/b"),
        ("http://example.com/a/b?c", "/a/b"),
        ("http://example.com", "/"),
        ("http://example.com?c=/d", "/"),
    ],
)
def test_the_path_of_a_target(target: str, path: str) -> None:
    """A target is a path with a query, or a whole URI."""
    assert path_of(target) == path


@pytest.mark.parametrize(
    "pattern",
    [
        "", "chat", "/a?b", "/a#b", "/a b", "/café", "/%ff", "/{", "/}", "/{}", "/{a}b", "/x{a}", "/{a:float}", "/{1}",
        "/{a}/{a}", "/{a:path}/b", "/x/{a:path}/b", "/{a:}",
    ],
)  # fmt: skip
def test_what_is_no_pattern(pattern: str) -> None:
    """What is no pattern is refused when it is written, and shown."""
    with pytest.raises(ValueError, match="path pattern"):
        PathPattern(pattern)
    with pytest.raises(TypeError, match="path pattern"):
        PathPattern(pattern.encode())  # type: ignore[arg-type]


def test_the_first_one_counts() -> None:
    """Of several patterns that match, the one that was added first counts."""
    table: PathTable[str] = PathTable()
    table.add("/rooms/lobby", "lobby")
    table.add("/rooms/{number:int}", "by number")
    table.add("/rooms/{room}", "by name")
    assert table.find("/rooms/lobby") == ("lobby", {})
    assert table.find("/rooms/7") == ("by number", {"number": 7})
    assert table.find("/rooms/seven") == ("by name", {"room": "seven"})
    assert table.find("/") is None


def test_a_pattern_that_could_never_match() -> None:
    """A second pattern for the same paths is a mistake, whatever its names."""
    table: PathTable[str] = PathTable()
    table.add("/rooms/{room}", "one")
    with pytest.raises(ValueError, match="same paths"):
        table.add("/rooms/{other}", "two")
    table.add("/rooms/{other:int}", "three")
