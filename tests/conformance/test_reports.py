"""Reports as files: ours under its schema, Autobahn's with all of its fields, and the HTML pages."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from rawws_conformance.cases import autobahn
from rawws_conformance.corpora import Corpora
from rawws_conformance.model import Behavior, Case, CloseBehavior, Role
from rawws_conformance.report import Run
from rawws_conformance.reports import CaseFiles, complete, write
from rawws_conformance.reports.autobahn import file_of, stems
from rawws_conformance.reports.document import ReportError, document, merge, numbers, read
from rawws_conformance.reports.page import page
from rawws_conformance.runs.memory import run
from rawws_conformance.slices import Library
from rawws_conformance.verdict import Came, Result

from tests.conformance.faulty import closing, deflate
from tests.conformance.peers import Peer
from tests.conformance.schema import problems

#: A case of every kind: with a message, a ping, a pause, a time limit, fragments, round trips, deflate; and 7.1.6, of
#: which every outcome is right.
IDS = (
    "1.1.2", "1.2.8", "2.4", "3.4", "5.19", "6.4.2", "6.6.1", "7.1.6", "7.7.3", "9.3.9", "10.1.1", "12.1.3", "13.3.3",
)  # fmt: skip
CASES: dict[str, Case] = {case_id: autobahn()[case_id] for case_id in IDS}

SCHEMA: dict[str, Any] = json.loads(
    resources.files("rawws_conformance").joinpath("schema", "report-1.schema.json").read_text(encoding="utf-8")
)

#: What a name may hold that no report shall take for anything else.
EVIL = "<b>&\"'\x1b[31m\x00\ud800 agent"


def played(agent: str, make: type[Peer], role: Role = Role.SERVER) -> Run:
    """A run in memory."""
    found = Run(agent=agent, target="memory", role=role, quick=True, started=datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC))
    for result in run(CASES.values(), make, role, Library(Corpora()), quick=True):
        found.results[result.case_id] = result
    return found


@pytest.fixture(scope="module")
def runs() -> list[Run]:
    """A right server, one without compression, and a client with a fault."""
    return [
        played("right", Peer),
        played("no deflate", deflate.NoDeflate),
        played("wrong codes", closing.WrongReplyCode, Role.CLIENT),
    ]


@pytest.fixture(scope="module")
def folder(runs: list[Run], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything that is written about them."""
    target = tmp_path_factory.mktemp("reports") / "new" / "folder"
    write(target, runs, CASES)
    return target


def load(path: Path) -> Any:  # noqa: ANN401 - JSON
    """What is in a JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


# -------------------------------------------------------------------------------------------------------------- our own


def test_our_report_keeps_its_schema(folder: Path) -> None:
    """`report.json` is what the published schema says, and what `read` takes."""
    value = load(folder / "report.json")
    assert problems(value, SCHEMA, SCHEMA) == []
    assert read(folder) == value
    assert [each["agent"] for each in value["runs"]] == ["right", "no deflate", "wrong codes"]
    assert list(value["runs"][0]["cases"]) == list(IDS)


def test_failed_cases_have_their_wire_log(folder: Path) -> None:
    """Of a failed case all octets are there as hex, from the request to the Close; of others none."""
    for each in load(folder / "report.json")["runs"]:
        for case in each["cases"].values():
            assert ("wire" in case) == case["failed"]
    case = load(folder / "report.json")["runs"][2]["cases"]["7.7.3"]
    received = b"".join(bytes.fromhex(entry["hex"]) for entry in case["wire"] if entry["kind"] == "received")
    assert received.startswith(b"GET / HTTP/1.1\r\n")
    assert received[-2:] == bytes(a ^ b for a, b in zip(b"\x03\xf3", b"\x11\x22", strict=True))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"{", "is no JSON"),
        (b"[" * 100_000, "is no JSON"),
        (b"\xff", "is no JSON"),
        (b"[]", 'is no document of the format "rawws-conformance/report"'),
        (b'{"format": "rawws-conformance/report", "version": 2}', "has version 2"),
        (b'{"format": "rawws-conformance/report", "version": 1}', "lacks what a report has to hold"),
        (b'{"format": "rawws-conformance/report", "version": 1, "runs": [{"agent": 1}]}', "lacks what a report has to"),
    ],
)
def test_what_is_no_report(content: bytes, sentence: str, tmp_path: Path) -> None:
    """A file that is no report is refused with a sentence that names it."""
    path = tmp_path / "report.json"
    path.write_bytes(content)
    with pytest.raises(ReportError, match=re.escape(f"{path} {sentence}")):
        read(tmp_path)


def test_where_no_report_is(tmp_path: Path) -> None:
    """A folder without a report, and a file that is not there, are refused with a sentence, too."""
    with pytest.raises(ReportError, match="holds neither"):
        read(tmp_path)
    with pytest.raises(ReportError, match="cannot be read: No such file"):
        read(tmp_path / "nothing")


def test_merging(runs: list[Run]) -> None:
    """Reports are put together run by run; an agent that comes twice gets a number."""
    one, two = document(runs[:2]), document(runs[1:])
    merged = merge([one, two, two])
    names = [each["agent"] for each in merged["runs"]]
    assert names == ["right", "no deflate", "no deflate (2)", "wrong codes", "no deflate (3)", "wrong codes (2)"]
    assert problems(merged, SCHEMA, SCHEMA) == []


def test_case_ids_are_sorted_by_number() -> None:
    """Numbers by their value, and words, which other suites may have, behind them."""
    ids = ["10.1.1", "9.1.10", "rawws.2", "9.1.9", "1.1.1", "9.x"]
    assert sorted(ids, key=numbers) == ["1.1.1", "9.1.9", "9.1.10", "9.x", "10.1.1", "rawws.2"]


# --------------------------------------------------------------------------------------------------------- Autobahn's

FIELDS = {
    "case", "id", "agent", "description", "expectation", "started", "duration", "reportTime", "reportCompressionRatio",
    "behavior", "behaviorClose", "expected", "expectedClose", "received", "result", "resultClose", "wirelog",
    "createWirelog", "createStats", "closedByMe", "failedByMe", "droppedByMe", "wasClean", "wasNotCleanReason",
    "wasServerConnectionDropTimeout", "wasOpenHandshakeTimeout", "wasCloseHandshakeTimeout", "localCloseCode",
    "localCloseReason", "remoteCloseCode", "remoteCloseReason", "isServer", "rxOctetStats", "rxFrameStats",
    "txOctetStats", "txFrameStats", "httpRequest", "httpResponse", "trafficStats",
}  # fmt: skip


def case_file(folder: Path, agent: str, case_id: str) -> Any:  # noqa: ANN401 - JSON
    """What `index.json` points to."""
    return load(folder / load(folder / "index.json")[agent][case_id]["reportfile"])


def test_the_index(folder: Path) -> None:
    """`index.json` is an object of agents and cases, sorted and indented as Autobahn's, and every file is there."""
    text = (folder / "index.json").read_text(encoding="utf-8")
    value = json.loads(text)
    assert text == json.dumps(value, sort_keys=True, indent=3) + "\n"
    assert sorted(value) == ["no deflate", "right", "wrong codes"]
    for cases in value.values():
        assert set(cases) == set(IDS)
        for case in cases.values():
            assert set(case) == {"behavior", "behaviorClose", "duration", "remoteCloseCode", "reportfile"}
            assert case["behavior"] in list(Behavior)
            assert case["behaviorClose"] in list(CloseBehavior)
            assert isinstance(case["duration"], int)
            assert (folder / case["reportfile"]).is_file()


@pytest.mark.parametrize("case_id", IDS)
@pytest.mark.parametrize("agent", ["right", "no deflate", "wrong codes"])
def test_every_case_has_autobahns_fields(folder: Path, agent: str, case_id: str) -> None:
    """The file of a case has exactly Autobahn's fields, and says the same as the index."""
    value = case_file(folder, agent, case_id)
    entry = load(folder / "index.json")[agent][case_id]
    assert set(value) == FIELDS
    assert (value["id"], value["agent"], value["case"]) == (case_id, agent, IDS.index(case_id) + 1)
    for name in ("behavior", "behaviorClose", "duration", "remoteCloseCode"):
        assert value[name] == entry[name]
    assert value["started"] == "2030-01-02T03:04:05.000Z"
    assert value["httpRequest"].startswith("GET / HTTP/1.1\r\n")
    assert value["httpRequest"].endswith("\r\n\r\n")
    assert value["httpResponse"].startswith("HTTP/1.1 101 ")
    assert value["isServer"] is (agent == "wrong codes")
    assert (value["trafficStats"] is not None) == case_id.startswith(("12.", "13."))


def test_what_a_case_says(folder: Path) -> None:
    """Events, expectations and frames of a case with a ping between fragments and two pauses."""
    value = case_file(folder, "right", "5.19")
    assert value["behavior"] == "OK"
    assert value["received"][-1][0] == "message"
    assert value["received"] in value["expected"].values()
    assert value["expectedClose"] == {"closedByMe": True, "closeCode": [1000], "requireClean": True}
    kinds = [row[0] for row in value["wirelog"]]
    assert {"TO", "RO", "TF", "RF", "CT", "CTE"} <= set(kinds)
    sent = [(row[2], row[3]) for row in value["wirelog"] if row[0] == "TF"]
    assert sent == [(1, False), (0, False), (9, True), (0, False), (0, False), (9, True), (0, True), (8, True)]
    received = [row for row in value["wirelog"] if row[0] == "RF"]
    assert [row[2] for row in received] == [10, 10, 1, 8]
    assert value["rxFrameStats"] == {"1": 1, "8": 1, "10": 2}
    assert sum(int(size) * count for size, count in value["txOctetStats"].items()) > 0


def test_frames_show_mask_and_length(folder: Path) -> None:
    """A frame from a client has its mask, its payload unmasked and shortened, and its whole length."""
    rows = case_file(folder, "wrong codes", "1.2.8")["wirelog"]
    (row,) = [row for row in rows if row[0] == "RF" and row[2] == 2]
    (length, shown), _opcode, fin, rsv, masked, key = row[1:]
    assert (length, shown, fin, rsv, masked, key) == (65536, f"0x{'fe' * 64}…", True, 0, True, "11223344")
    (row,) = [row for row in rows if row[0] == "TF" and row[2] == 2]
    assert row[1][0] == 65536
    assert row[5] is None


def test_wrong_closer_is_fatal_where_it_is(folder: Path) -> None:
    """In invalid text the wrong end's Close is fatal, and the report says so."""
    assert case_file(folder, "right", "6.6.1")["expectedClose"]["closedByWrongEndpointIsFatal"] is True


def test_traffic(folder: Path) -> None:
    """In groups 12 and 13 octets and messages are counted: as many came back as went out, and on the wire fewer."""
    stats = case_file(folder, "right", "12.1.3")["trafficStats"]
    assert stats["outgoingOctetsAppLevel"] == stats["incomingOctetsAppLevel"] >= 256 * 20
    assert stats["outgoingWebSocketMessages"] == stats["incomingWebSocketMessages"] == 256
    assert 0 < stats["incomingOctetsWireLevel"] < stats["incomingOctetsAppLevel"]
    assert stats["preopenIncomingOctetsWireLevel"] == len(case_file(folder, "right", "12.1.3")["httpResponse"])
    missing = case_file(folder, "no deflate", "12.1.3")
    assert (missing["behavior"], missing["trafficStats"]["outgoingWebSocketMessages"]) == ("UNIMPLEMENTED", 0)


def test_agents_whose_names_become_one_file(runs: list[Run]) -> None:
    """Autobahn's rule gives some agents the same name; here none overwrites the reports of another."""
    twins = [
        Run(agent=agent, target="", role=Role.SERVER, results={"1.1.2": runs[0].results["1.1.2"]})
        for agent in ("A b", "a-B", "日本", "../..", "x" * 5000)
    ]
    files = [file_of(stem, "1.1.2") for stem in stems(twins)]
    assert len(set(files)) == len(twins)
    assert files[0] == "a_b_case_1_1_2.json"
    assert all(re.fullmatch("[a-z0-9_]{1,150}[.]json", name) for name in files)


def test_case_files_are_written_once(runs: list[Run], folder: Path, tmp_path: Path) -> None:
    """What was written when a verdict came is what the end would write, and is not written again."""
    files = CaseFiles(tmp_path, CASES)
    only = runs[0]
    for result in only.results.values():
        files.write_one(only, result)
    early = {path.name: (path.stat().st_ino, path.read_bytes()) for path in tmp_path.iterdir()}
    complete(files, [only])
    late = {path.name: (path.stat().st_ino, path.read_bytes()) for path in tmp_path.iterdir()}
    assert late.items() >= early.items()
    assert late.keys() - early.keys() == {"index.html", "index.json", "report.json"}
    assert len(early) == 2 * len(IDS)
    for name, (_, octets) in early.items():
        assert without_its_time(octets) == without_its_time((folder / name).read_bytes())


@pytest.mark.parametrize("what", ["result", "agent", "again"])
def test_case_files_that_changed_are_written_again(runs: list[Run], tmp_path: Path, what: str) -> None:
    """Where a case was played again, or the agent has got a name, the files of its case say so in the end."""
    case_id = "1.1.2"
    changing = replace(runs[0], results={case_id: runs[0].results[case_id]}, again=set())
    files = CaseFiles(tmp_path, CASES)
    files.write_one(changing, changing.results[case_id])
    if what == "result":
        changing.results[case_id] = replace(changing.results[case_id], behavior=Behavior.FAILED)
    elif what == "agent":
        changing.agent = "Right"  # the same name of a file
    else:
        changing.again.add(case_id)
    complete(files, [changing])
    write(tmp_path / "afresh", [changing], CASES)
    for path in (tmp_path / "afresh").glob("*_case_*"):
        assert without_its_time((tmp_path / path.name).read_bytes()) == without_its_time(path.read_bytes())


def without_its_time(octets: bytes) -> bytes:
    """A file without the moment at which it was written."""
    return re.sub(rb'"reportTime": "[^"]+"', b"", octets)


# --------------------------------------------------------------------------------------------------------------- HTML


def odd_run() -> Run:
    """A run whose every text is one that XML and HTML would take for something else, or may not hold at all."""
    result = Result("1.1.2", Behavior.FAILED, CloseBehavior.FAILED, EVIL, EVIL, notes=[EVIL, "]]>"], product=EVIL)
    return Run(agent=EVIL, target=EVIL, role=Role.SERVER, results={"1.1.2": result})


class Page(HTMLParser):
    """Elements and attributes of a page, and whether what is opened is closed."""

    VOID = frozenset(("meta", "input", "br"))
    OPTIONAL = frozenset(("td", "th", "tr", "li", "dt", "dd", "p", "thead", "tbody", "html", "head", "body"))

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.stack: list[str] = []
        self.feed(text)
        self.close()
        assert self.stack == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element that opens."""
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID | self.OPTIONAL:
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """What closes is what opened last."""
        if tag not in self.OPTIONAL:
            assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note the text."""
        self.text += data


def test_the_page_is_one_file(folder: Path) -> None:
    """The page needs nothing from elsewhere: no script, no link out, nothing that would be fetched."""
    text = (folder / "index.html").read_text(encoding="utf-8")
    found = Page(text)
    tags = {tag for tag, _attributes in found.elements}
    assert tags.isdisjoint({"script", "link", "img", "iframe", "object", "embed", "base", "form", "svg", "video"})
    for _tag, attributes in found.elements:
        assert not attributes.keys() & {"src", "srcset", "style-src", "background", "onclick", "onload"}
        assert (attributes.get("href") or "#").startswith("#")
    (style,) = re.findall("<style>(.*?)</style>", text, re.DOTALL)
    assert "url(" not in style
    assert "@import" not in style
    assert "prefers-color-scheme: dark" in style
    assert ("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}) in found.elements


@pytest.mark.parametrize("agent", ["right", "no deflate", "wrong codes"])
def test_every_case_has_a_page(folder: Path, agent: str) -> None:
    """Beside the JSON file of a case lies an HTML file of the same name: what it is about, what came, every octet."""
    for case_id, entry in load(folder / "index.json")[agent].items():
        path = folder / entry["reportfile"].replace(".json", ".html")
        assert path.name == f"{agent.replace(' ', '_')}_case_{case_id.replace('.', '_')}.html"
        found = Page(path.read_text(encoding="utf-8"))
        for words in (case_id, agent, CASES[case_id].sends, CASES[case_id].expects, entry["behavior"], "Why"):
            assert words in found.text
        assert "47 45 54 20 2f 20 48 54 54 50 2f 31 2e 31 0d 0a  GET / HTTP/1.1.." in found.text
        assert {tag for tag, _attributes in found.elements}.isdisjoint({"script", "link", "img", "iframe", "a"})


def test_the_page_of_a_case_takes_names_for_text(tmp_path: Path) -> None:
    """Whatever a peer calls itself and says about itself is text on the page of a case, too."""
    found = odd_run()
    found.results["1.1.2"].received.append(Came("message", b"<script>"))
    write(tmp_path, [found], CASES)
    (path,) = tmp_path.glob("*_case_1_1_2.html")
    text = path.read_text(encoding="utf-8")
    assert "<b>&\"'" in Page(text).text
    assert "<b>" not in text
    assert "<script" not in text


def test_the_page_compares_agents(folder: Path) -> None:
    """Every agent has a column in every group, and every verdict that is not OK a link to what it is about."""
    found = Page((folder / "index.html").read_text(encoding="utf-8"))
    columns = [attributes for tag, attributes in found.elements if tag == "th" and attributes.get("scope") == "col"]
    groups = len({case_id.split(".")[0] for case_id in IDS})
    assert len(columns) == groups * (2 + 3)
    anchors = {attributes["id"] for _tag, attributes in found.elements if "id" in attributes}
    links = {attributes["href"] for tag, attributes in found.elements if tag == "a"}
    assert "#case-7.7.3" in links
    assert {f"#{name}" for name in anchors if name and name.startswith("case-")} == links
    for words in ("right", "no deflate", "wrong codes", "UNIMPLEMENTED", "WRONG CODE", "RFC 6455 §", "Wire log"):
        assert words in found.text


def test_the_page_takes_names_for_text() -> None:
    """Whatever a peer calls itself, and whatever it says, is text on the page."""
    text = page(document([odd_run()]))
    found = Page(text)
    assert "<b>&\"'" in found.text
    assert "&lt;b&gt;&amp;" in text
    assert "<b>&" not in text


def test_a_page_of_nothing() -> None:
    """A run without a case, and no run at all, are pages, too."""
    Page(page(document([])))
    empty = Run(agent="nobody", target="ws://127.0.0.1:1", role=Role.SERVER, complete=False)
    assert "stopped before all cases were played" in Page(page(document([empty]))).text


def test_a_page_of_cases_that_nobody_knows(runs: list[Run]) -> None:
    """Ids of other suites are shown as they are."""
    value = document(runs[2:])
    value["runs"][0]["cases"]["rawws.<i>"] = value["runs"][0]["cases"]["7.7.3"]
    assert "rawws.<i>" in Page(page(value)).text
