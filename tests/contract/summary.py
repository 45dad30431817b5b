"""Counts the operations of a JUnit report: `summary.py report.xml left_out`."""

import sys
import xml.etree.ElementTree as tree

report, left_out = sys.argv[1], sys.argv[2]
cases = list(tree.parse(report).iter("testcase"))
failed = sum(1 for case in cases if case.find("failure") is not None or case.find("error") is not None)
if not cases:
    sys.exit("no operation was called")
print(f"{len(cases) - failed} passed, {failed} failed, {left_out} skipped")
