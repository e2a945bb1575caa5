"""What data must look like before it may be used; Great Expectations checks it."""

from leeway.expectations.names import known_expectation
from leeway.expectations.outcome import Failure, Outcome
from leeway.expectations.suite import check_expectations
from leeway.expectations.validation import validate

__all__ = ["Failure", "Outcome", "check_expectations", "known_expectation", "validate"]
