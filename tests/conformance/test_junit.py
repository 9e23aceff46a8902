"""JUnit XML has the shape that its readers rely on, and says what failed and why."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import NamedTuple

import pytest

from rawws_conformance.model import Role
from rawws_conformance.report import Run
from rawws_conformance.reports import write_junit
from rawws_conformance.reports.document import document
from rawws_conformance.reports.junit import junit

from tests.conformance.faulty import closing, deflate
from tests.conformance.peers import Peer
from tests.conformance.test_reports import IDS, odd_run, played

NUMBER, SECONDS, ANY = r"\d+", r"\d+[.]\d{3}", r"(?s).*"
MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"


class Element(NamedTuple):
    """What an element may be: attributes, those it needs, and its children: the names of these, as a pattern."""

    attributes: dict[str, str]
    required: frozenset[str]
    children: str
    text: bool = False


#: What junit-10.xsd, by which Jenkins and others read, says about the elements that we write. It takes any text
#: for numbers and moments; here they are what other readers take for such.
SHAPE = {
    "testsuites": Element(
        {"name": ANY, "tests": NUMBER, "failures": NUMBER, "errors": NUMBER, "disabled": NUMBER, "time": SECONDS},
        frozenset(),
        r"(testsuite )*",
    ),
    "testsuite": Element(
        {
            "name": ANY, "tests": NUMBER, "failures": NUMBER, "errors": NUMBER, "disabled": NUMBER, "skipped": NUMBER,
            "time": SECONDS, "timestamp": MOMENT, "hostname": ANY, "id": ANY, "package": ANY,
        },
        frozenset(("name", "tests")),
        r"(properties )?(testcase )*(system-out )?(system-err )?",
    ),
    "properties": Element({}, frozenset(), r"(property )+"),
    "property": Element({"name": ANY, "value": ANY}, frozenset(("name", "value")), ""),
    "testcase": Element(
        {"name": ANY, "classname": ANY, "time": SECONDS, "status": ANY, "assertions": NUMBER},
        frozenset(("name", "classname")),
        r"(skipped )?(error )*(failure )*(system-out )*(system-err )*",
    ),
    "failure": Element({"type": ANY, "message": ANY}, frozenset(), "", text=True),
    "skipped": Element({"type": ANY, "message": ANY}, frozenset(), "", text=True),
    "system-out": Element({}, frozenset(), "", text=True),
}  # fmt: skip


def assert_shape(element: ET.Element) -> None:
    """An element, and all below it, are what the schema lets them be."""
    shape = SHAPE[element.tag]
    assert shape.required <= element.attrib.keys()
    for name, value in element.attrib.items():
        assert re.fullmatch(shape.attributes[name], value), (element.tag, name, value)
    assert re.fullmatch(shape.children, "".join(f"{child.tag} " for child in element))
    assert shape.text or not (element.text or "").strip()
    for child in element:
        assert not (child.tail or "").strip()
        assert_shape(child)


@pytest.fixture(scope="module")
def runs() -> list[Run]:
    """A right server, one without compression, and a client with a fault."""
    return [
        played("right", Peer),
        played("no deflate", deflate.NoDeflate),
        played("wrong codes", closing.WrongReplyCode, Role.CLIENT),
    ]


@pytest.fixture(scope="module")
def root(runs: list[Run], tmp_path_factory: pytest.TempPathFactory) -> ET.Element:
    """What is written about them."""
    path = tmp_path_factory.mktemp("junit") / "new" / "junit.xml"
    write_junit(path, document(runs))
    return ET.parse(path).getroot()


def test_the_shape(root: ET.Element) -> None:
    """Elements, attributes and their order are those of the schema."""
    assert root.tag == "testsuites"
    assert_shape(root)


def test_it_adds_up(root: ET.Element) -> None:
    """There is a suite for each agent and a test for each case, and the numbers are those of what is there."""
    assert [suite.tag for suite in root] == ["testsuite"] * 3
    for name in ("tests", "failures", "errors"):
        assert sum(int(suite.attrib[name]) for suite in root) == int(root.attrib[name])
    for suite in root:
        assert [test.attrib["name"] for test in suite.findall("testcase")] == list(IDS)
        assert int(suite.attrib["tests"]) == len(IDS)
        assert int(suite.attrib["failures"]) == len(suite.findall("testcase/failure"))
        assert int(suite.attrib["skipped"]) == len(suite.findall("testcase/skipped"))
        assert suite.attrib["errors"] == "0"


def test_it_says_what_failed(root: ET.Element, runs: list[Run]) -> None:
    """A failed case is a failure with its sentences; one without the extension is skipped."""
    suites = {suite.attrib["name"]: suite for suite in root}
    assert suites["right"].attrib["failures"] == "0"
    tests = suites["no deflate"].findall("testcase")
    assert [test.attrib["name"] for test in tests if test.find("skipped") is not None] == ["12.1.3", "13.3.3"]
    for case_id, kind in (("10.1.1", "WRONG CODE"), ("7.7.3", "FAILED")):
        (failure,) = suites["wrong codes"].findall(f"testcase[@name='{case_id}']/failure")
        assert failure.attrib["type"] == kind
        assert runs[2].results[case_id].close_result in (failure.text or "")


def test_it_holds_only_what_xml_may() -> None:
    """Whatever a peer calls itself, the XML can be read, and says it as far as XML can."""
    root = ET.fromstring(junit(document([odd_run()])).decode("utf-8"))
    assert_shape(root)
    assert root[0].attrib["name"] == "<b>&\"'\ufffd[31m\ufffd\ufffd agent"


def test_a_run_of_nothing(tmp_path: Path) -> None:
    """A run in which nothing was played, and no run at all, are documents, too."""
    empty = Run(agent="nobody", target="ws://127.0.0.1:1", role=Role.SERVER, complete=False)
    for found in ([empty], []):
        write_junit(tmp_path / "junit.xml", document(found))
        assert_shape(ET.parse(tmp_path / "junit.xml").getroot())
