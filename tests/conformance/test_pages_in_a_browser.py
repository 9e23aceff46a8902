"""The HTML reports as a browser shows them: Debian's chromium, headless, lays them out and says what is where.

A copy of a page gets a script that measures it, and chromium prints the document as it is when the script is done.
"""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, TypedDict

import pytest

from rawws_conformance.model import Role
from rawws_conformance.report import Run
from rawws_conformance.reports import write
from rawws_conformance.reports.document import document
from rawws_conformance.reports.page import page
from rawws_conformance.reports.verdicts import Verdict, verdicts_of

from tests.conformance.faulty import closing, deflate, text
from tests.conformance.peers import Peer
from tests.conformance.test_reports import CASES, IDS, odd_run, played

#: Seconds that chromium may take to start, lay out a page, and end, on a busy machine.
DEADLINE = 90

#: Width and height of windows: a phone, and a screen.
PHONE, SCREEN = (390, 844), (1280, 1600)

#: WCAG 2.2, 1.4.3: the least contrast of text with what is behind it.
LEAST_CONTRAST = 4.5

MEASURE = """
<script>
for (const each of document.querySelectorAll('details')) each.open = true;
const shown = (element) => element.getClientRects().length > 0;
const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
const luminance = (colour) => channels(colour).slice(0, 3).map((value) => value / 255)
  .map((value) => value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
  .reduce((sum, value, at) => sum + value * [0.2126, 0.7152, 0.0722][at], 0);
const behind = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const colour = getComputedStyle(at).backgroundColor;
    if ((channels(colour)[3] ?? 1) > 0) return colour;
  }
  return 'rgb(255, 255, 255)';
};
const contrast = (element) => {
  const [less, more] = [getComputedStyle(element).color, behind(element)].map(luminance).sort((a, b) => a - b);
  return (more + 0.05) / (less + 0.05);
};
const texts = [...document.querySelectorAll('body *')].filter((each) => shown(each)
  && [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim()) && each.closest('.bar') === null);
const wide = document.documentElement.clientWidth;
const measured = {
  width: wide,
  scrolls: document.documentElement.scrollWidth,
  outside: [...document.querySelectorAll('body *')].filter((each) => shown(each) && !each.closest('pre, .wide')
    && each.getBoundingClientRect().right > wide + 1).map((each) => each.outerHTML.slice(0, 80)),
  dark: matchMedia('(prefers-color-scheme: dark)').matches,
  faint: texts.filter((each) => contrast(each) < LEAST).map((each) => [contrast(each), each.outerHTML.slice(0, 80)]),
  small: texts.filter((each) => parseFloat(getComputedStyle(each).fontSize) < 9)
    .map((each) => each.outerHTML.slice(0, 80)),
  heads: [...document.querySelectorAll('.group')].map((group) =>
    [...group.querySelectorAll('.agent-head')].map((each) => each.textContent)),
  rows: [...document.querySelectorAll('.group tbody tr')].map((row) => ({
    id: row.querySelector('th').textContent.trim(),
    cells: [...row.querySelectorAll('td.verdict')].map((cell) => ({
      text: cell.textContent.trim(), colour: [...cell.classList].filter((name) => name !== 'verdict').join(' '),
      background: getComputedStyle(cell).backgroundColor, left: cell.getBoundingClientRect().left,
    })),
    shown: shown(row),
  })),
  lefts: [...document.querySelectorAll('.group')].map((group) =>
    [...group.querySelectorAll('.agent-head')].map((each) => each.getBoundingClientRect().left)),
  bold: document.querySelectorAll('main b, header b').length,
};
for (const name of ['faulty', 'differ']) {
  document.getElementById(name)?.click();
  measured[name] = [...document.querySelectorAll('.group tbody tr')].filter(shown).map((row) =>
    row.querySelector('th').textContent.trim());
  document.getElementById(name)?.click();
}
parent.document.getElementById('measured').textContent = JSON.stringify(measured);
</script>
""".replace("LEAST", str(LEAST_CONTRAST))


class Cell(TypedDict):
    """A verdict in a table."""

    text: str
    colour: str
    background: str
    left: float


class Row(TypedDict):
    """A case in a table."""

    id: str
    cells: list[Cell]
    shown: bool


class Measured(TypedDict):
    """What the script has seen."""

    width: float
    scrolls: float
    outside: list[str]
    dark: bool
    faint: list[list[Any]]
    small: list[str]
    heads: list[list[str]]
    lefts: list[list[float]]
    rows: list[Row]
    bold: int
    faulty: list[str]
    differ: list[str]


@pytest.fixture(scope="module")
def chromium() -> str:
    """A chromium."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("there is no chromium")
    return found


@pytest.fixture(scope="module")
def runs() -> list[Run]:
    """Four agents, of which three have a fault of one kind or another."""
    return [
        played("right", Peer),
        played("no_deflate-of.any_kind", deflate.NoDeflate),
        played("wrong codes", closing.WrongReplyCode, Role.CLIENT),
        played("late", text.FailsTextLate),
    ]


def measure(chromium: str, text: str, folder: Path, size: tuple[int, int], *, dark: bool = False) -> Measured:
    """Lay a page out at this width and height, and say what is where."""
    path = folder / "measured.html"
    page_and_script = html.escape(text.replace("</body>", f"{MEASURE}</body>"))
    # In a frame, since chromium's windows have a least width of their own.
    path.write_text(
        f"""<!DOCTYPE html><meta charset="utf-8"><style>:root {{ color-scheme: light dark }}</style>
        <pre id="measured"></pre>
        <iframe style="border: 0; width: {size[0]}px; height: {size[1]}px" srcdoc="{page_and_script}"></iframe>""",
        encoding="utf-8",
        errors="replace",
    )
    command = [
        chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
        "--disable-dev-shm-usage", f"--user-data-dir={folder / 'profile'}", "--window-size=1400,1800",
        *(["--blink-settings=preferredColorScheme=0"] if dark else []), "--dump-dom", path.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, timeout=DEADLINE, check=True)
    found = re.search('<pre id="measured">(.*?)</pre>', done.stdout.decode("utf-8", "replace"), re.DOTALL)
    assert found is not None, done.stderr
    measured: Measured = json.loads(html.unescape(found[1]))
    return measured


def assert_readable(measured: Measured, width: int) -> None:
    """Nothing sticks out at the right, and every text is large enough and stands out from what is behind it."""
    assert measured["width"] == width
    assert measured["scrolls"] == width
    assert measured["outside"] == []
    assert measured["faint"] == []
    assert measured["small"] == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, SCREEN], ids=["phone", "screen"])
def test_the_page(chromium: str, runs: list[Run], tmp_path: Path, size: tuple[int, int], dark: bool) -> None:
    """On a phone and on a screen, in light and in dark, the page is readable and its tables hold every verdict."""
    value = document(runs)
    measured = measure(chromium, page(value), tmp_path, size, dark=dark)
    assert measured["dark"] is dark
    assert_readable(measured, size[0])
    verdicts = verdicts_of(value)
    agents = [run.agent for run in runs]
    assert measured["heads"] == [agents] * len({case_id.partition(".")[0] for case_id in IDS})
    assert [row["id"] for row in measured["rows"]] == list(IDS)
    for row in measured["rows"]:
        assert row["shown"]
        for agent, cell in zip(agents, row["cells"], strict=True):
            assert_shows(cell, verdicts[agent][row["id"]])
    # Each verdict stands below the name of its agent.
    first = measured["rows"][0]["cells"]
    assert [round(cell["left"] / 20) for cell in first] == sorted({round(cell["left"] / 20) for cell in first})
    for head, cell in zip(measured["lefts"][0], first, strict=True):
        assert abs(head - cell["left"]) < size[0] / 8


def assert_shows(cell: Cell, verdict: Verdict) -> None:
    """The words and the colour of a verdict."""
    assert verdict.behavior in cell["text"]
    if verdict.close not in {"OK", "INFORMATIONAL"}:
        assert f"close {verdict.close}" in cell["text"]
    colours = {"OK": "good", "INFORMATIONAL": "info", "NON-STRICT": "soft", "UNIMPLEMENTED": "none", "FAILED": "bad"}
    assert cell["colour"] == ("bad" if verdict.failed else colours[verdict.behavior])


def test_colours_and_filters(chromium: str, runs: list[Run], tmp_path: Path) -> None:
    """Each kind of verdict has a colour of its own, and the check boxes leave what is not OK, or what differs."""
    value = document(runs)
    measured = measure(chromium, page(value), tmp_path, PHONE)
    colours = {cell["colour"]: cell["background"] for row in measured["rows"] for cell in row["cells"]}
    assert set(colours) == {"good", "info", "soft", "none", "bad"}
    assert len(set(colours.values())) == len(colours)
    found = verdicts_of(value)
    not_ok = [
        case_id for case_id in IDS
        if any(each[case_id].failed or each[case_id].behavior not in {"OK", "INFORMATIONAL"} for each in found.values())
    ]  # fmt: skip
    differing = [case_id for case_id in IDS if len({each[case_id] for each in found.values()}) > 1]
    assert measured["faulty"] == not_ok
    assert measured["differ"] == differing
    assert 0 < len(not_ok) < len(IDS)


def test_many_agents_on_a_phone(chromium: str, runs: list[Run], tmp_path: Path) -> None:
    """Twelve agents still fit on a phone, and on a screen only their tables scroll."""
    value = document(runs * 3)
    assert_readable(measure(chromium, page(value), tmp_path, PHONE), PHONE[0])
    wide = measure(chromium, page(value), tmp_path, SCREEN)
    assert_readable(wide, SCREEN[0])
    assert len(wide["rows"][0]["cells"]) == 12


def test_names_are_text(chromium: str, tmp_path: Path) -> None:
    """What a peer says about itself becomes no element, and makes the page no wider, however long it is."""
    odd = odd_run()
    long = Run(agent="x" * 3000, target="ws://" + "y" * 3000, role=Role.SERVER, results=odd.results)
    measured = measure(chromium, page(document([odd, long])), tmp_path, PHONE)
    assert_readable(measured, PHONE[0])
    # The name of the one group, and of each agent beside what was found: no <b> comes from what the peer says.
    assert measured["bold"] == 1 + 2


@pytest.mark.parametrize("size", [PHONE, SCREEN], ids=["phone", "screen"])
def test_the_page_of_a_case(chromium: str, runs: list[Run], tmp_path: Path, size: tuple[int, int]) -> None:
    """The page of one case is readable, too, on a phone and on a screen."""
    write(tmp_path / "out", [runs[2]], CASES)
    text = (tmp_path / "out" / "wrong_codes_case_7_7_3.html").read_text(encoding="utf-8")
    assert_readable(measure(chromium, text, tmp_path, size), size[0])
