"""Every code that the program can say is explained in docs/errors."""

import re
from pathlib import Path

REPO = Path(__file__).parents[2]
CODE = re.compile(r'"((?:LWY|SPEC|SRC|VAL|STO|CAT|TRN|ART|MLF|SVC|PRO|BKT|ACT)\d{3})"')
RANGE = re.compile(r"([A-Z]{3,4})(\d{3}) - [A-Z]{3,4}(\d{3})")


def test_every_code_is_documented():
    docs = "\n".join(path.read_text(encoding="utf-8") for path in (REPO / "docs" / "errors").glob("*.md"))
    explained = set(re.findall(r"[A-Z]{3,4}\d{3}", docs))
    for family, first, last in RANGE.findall(docs):
        explained |= {f"{family}{number:03d}" for number in range(int(first), int(last) + 1)}
    said = {
        code for path in (REPO / "include").rglob("*.py") for code in CODE.findall(path.read_text(encoding="utf-8"))
    }
    general = {code for code in said if code.endswith("000") or code == "TRN100"}
    assert len(said) > 100
    assert said - general - explained == set()
