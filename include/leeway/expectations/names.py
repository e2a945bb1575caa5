"""Which expectations a model file may name: a plain list, so that reading one does not import Great Expectations."""

from __future__ import annotations

import re

from leeway.errors import SpecError, did_you_mean

CLASSES = (
    "ExpectColumnDistinctValuesToBeInSet",
    "ExpectColumnDistinctValuesToContainSet",
    "ExpectColumnDistinctValuesToEqualSet",
    "ExpectColumnKLDivergenceToBeLessThan",
    "ExpectColumnMaxToBeBetween",
    "ExpectColumnMeanToBeBetween",
    "ExpectColumnMedianToBeBetween",
    "ExpectColumnMinToBeBetween",
    "ExpectColumnMostCommonValueToBeInSet",
    "ExpectColumnPairValuesAToBeGreaterThanB",
    "ExpectColumnPairValuesToBeEqual",
    "ExpectColumnPairValuesToBeInSet",
    "ExpectColumnProportionOfNonNullValuesToBeBetween",
    "ExpectColumnProportionOfUniqueValuesToBeBetween",
    "ExpectColumnQuantileValuesToBeBetween",
    "ExpectColumnStdevToBeBetween",
    "ExpectColumnSumToBeBetween",
    "ExpectColumnToExist",
    "ExpectColumnUniqueValueCountToBeBetween",
    "ExpectColumnValueLengthsToBeBetween",
    "ExpectColumnValueLengthsToEqual",
    "ExpectColumnValueZScoresToBeLessThan",
    "ExpectColumnValuesToBeBetween",
    "ExpectColumnValuesToBeDateutilParseable",
    "ExpectColumnValuesToBeDecreasing",
    "ExpectColumnValuesToBeInSet",
    "ExpectColumnValuesToBeInTypeList",
    "ExpectColumnValuesToBeIncreasing",
    "ExpectColumnValuesToBeJsonParseable",
    "ExpectColumnValuesToBeNull",
    "ExpectColumnValuesToBeOfType",
    "ExpectColumnValuesToBeUnique",
    "ExpectColumnValuesToMatchJsonSchema",
    "ExpectColumnValuesToMatchRegex",
    "ExpectColumnValuesToMatchRegexList",
    "ExpectColumnValuesToMatchStrftimeFormat",
    "ExpectColumnValuesToNotBeInSet",
    "ExpectColumnValuesToNotBeNull",
    "ExpectColumnValuesToNotMatchRegex",
    "ExpectColumnValuesToNotMatchRegexList",
    "ExpectCompoundColumnsToBeUnique",
    "ExpectMulticolumnSumToEqual",
    "ExpectMulticolumnValuesToBeEqual",
    "ExpectMulticolumnValuesToBeUnique",
    "ExpectSelectColumnValuesToBeUniqueWithinRecord",
    "ExpectTableColumnCountToBeBetween",
    "ExpectTableColumnCountToEqual",
    "ExpectTableColumnsToMatchOrderedList",
    "ExpectTableColumnsToMatchSet",
    "ExpectTableRowCountToBeBetween",
    "ExpectTableRowCountToEqual",
)
"""The expectations of Great Expectations that work on a table in memory."""
NOT_IN_MEMORY = (
    "ExpectColumnTypeToBe",
    "ExpectColumnValuesToMatchLikePattern",
    "ExpectColumnValuesToMatchLikePatternList",
    "ExpectColumnValuesToNotBeOutliers",
    "ExpectColumnValuesToNotMatchLikePattern",
    "ExpectColumnValuesToNotMatchLikePatternList",
    "ExpectQueryResultsToMatchComparison",
    "ExpectTableRowCountToEqualOtherTable",
    "UnexpectedRowsExpectation",
)
"""Those that only work in a database."""
_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
TYPES = {_WORDS.sub("_", name).lower(): name for name in CLASSES}
"""``expect_column_mean_to_be_between`` -> the class's name."""


def known_expectation(name: object) -> str:
    """Find the class of an expectation by its name in words or the class's own name. Cheap: imports nothing.

    Raises:
        SpecError: SPEC061, if there is none, with the one that was probably meant.
    """
    if isinstance(name, str) and (name in TYPES or name in CLASSES):
        return TYPES.get(name, name)
    if name in NOT_IN_MEMORY:
        raise SpecError(f"expectation {name} only works in a database, not on the rows of a window", code="SPEC061")
    nearest = did_you_mean(str(name), TYPES).partition(". ")[2] or "Write it like expect_column_mean_to_be_between."
    raise SpecError(f"unknown expectation {name!r}", code="SPEC061", do=nearest)
