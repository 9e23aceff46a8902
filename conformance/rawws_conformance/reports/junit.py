"""Verdicts as JUnit XML, which continuous integration shows: a suite for each agent, a test for each case."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import Any

from rawws_conformance.reports.document import Json, numbers
from rawws_conformance.reports.verdicts import Verdict
from rawws_conformance.reports.words import group_title

#: What XML 1.0 lets no document hold, not even escaped.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(document: Json) -> bytes:
    """A `report.json` as JUnit XML, UTF-8, with the elements and attributes of junit-10.xsd (Jenkins) and no others.

    A failed case is a failure; one whose extension the agent does not have is skipped; whatever else there is to say
    stands in `system-out`.
    """
    root = ET.Element("testsuites", name="rawws-conformance")
    totals = dict.fromkeys(("tests", "failures", "errors"), 0)  # `skipped` is for suites only
    seconds = 0.0
    for run in document["runs"]:
        suite = _suite(run)
        root.append(suite)
        for name in totals:
            totals[name] += int(suite.attrib[name])
        seconds += float(suite.attrib["time"])
    for name, number in totals.items():
        root.set(name, str(number))
    root.set("time", f"{seconds:.3f}")
    ET.indent(root)
    octets: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return octets + b"\n"


def clean(text: str) -> str:
    """A text without what XML lets no document hold."""
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def _suite(run: Json) -> ET.Element:
    agent = clean(run["agent"])
    suite = ET.Element("testsuite", name=agent, timestamp=run["started"].removesuffix("Z").partition(".")[0])
    properties = ET.SubElement(suite, "properties")
    for name in ("target", "role", "suite", "quick", "complete"):
        if name in run:
            ET.SubElement(properties, "property", name=name, value=clean(str(run[name])))
    failures = skipped = 0
    seconds = 0.0
    for case_id in sorted(run["cases"], key=numbers):
        case = run["cases"][case_id]
        test = _test(agent, case_id, case)
        failures += test.find("failure") is not None
        skipped += test.find("skipped") is not None
        seconds += case["duration"]
        suite.append(test)
    counted = {"tests": len(run["cases"]), "failures": failures, "errors": 0, "skipped": skipped}
    for name, number in counted.items():
        suite.set(name, str(number))
    suite.set("time", f"{seconds:.3f}")
    return suite


def _test(agent: str, case_id: str, case: dict[str, Any]) -> ET.Element:
    # A dot would begin a new package in most viewers.
    classname = f"{agent.replace('.', '_')}.{group_title(case_id).replace('.', ' ')}"
    test = ET.Element("testcase", classname=classname, name=case_id, time=f"{case['duration']:.3f}")
    verdict = Verdict(case["behavior"], case["close_behavior"])
    sentences = clean("\n".join([case["result"], case["close_result"], *map(str, case["notes"])]))
    if case["failed"]:
        kind = verdict.behavior if verdict.behavior == "FAILED" else verdict.close
        ET.SubElement(test, "failure", message=clean(str(verdict)), type=clean(kind)).text = sentences
    elif verdict.behavior == "UNIMPLEMENTED":
        ET.SubElement(test, "skipped", message=clean(case["result"]))
    elif str(verdict) != "OK" or case["notes"]:
        ET.SubElement(test, "system-out").text = clean(f"{verdict}\n{sentences}")
    return test
