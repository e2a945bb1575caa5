"""Which types a saved model may hold, and the only door through which skops is used.

skops stores an object as a description of types and arrays and builds it again by importing the types it names. It
trusts public scikit-learn estimators, numpy and a few containers by itself; a fitted model also holds private types of
scikit-learn. Those are listed here one by one, per family of estimators. There are no prefixes on purpose: ``numpy.*``
or ``sklearn.*`` would also name functions that run code. The list is never read from the model.
"""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

from leeway.errors import ArtifactError

if TYPE_CHECKING:
    from collections.abc import Iterable

ALLOWED: dict[str, tuple[str, ...]] = {
    "preparation": ("numpy.dtype",),
    "histogram gradient boosting": (
        "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
        # With categorical features it keeps partial(check_array). skops audits what a partial calls, and its arguments.
        "functools.partial",
        "sklearn.utils.validation.check_array",
    ),
    "trees and forests": ("sklearn.tree._tree.Tree",),
    "calibration": (
        "sklearn.calibration._CalibratedClassifier",
        "sklearn.calibration._SigmoidCalibration",
    ),
    "generalised linear models": ("sklearn._loss.loss.HalfTweedieLossIdentity", "sklearn._loss.loss.HalfTweedieLoss"),
    "nearest neighbours": (
        "sklearn.metrics._dist_metrics.EuclideanDistance64",
        "sklearn.neighbors._ball_tree.BallTree",
        "sklearn.neighbors._kd_tree.KDTree",
    ),
    "neural networks": (
        "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
        "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
    ),
    "Gaussian processes": (
        "sklearn.gaussian_process._gpc._BinaryGaussianProcessClassifierLaplace",
        "sklearn.gaussian_process.kernels.ConstantKernel",
        "sklearn.gaussian_process.kernels.Matern",
        "sklearn.gaussian_process.kernels.Product",
        "sklearn.gaussian_process.kernels.RBF",
        "sklearn.gaussian_process.kernels.Sum",
        "sklearn.gaussian_process.kernels.WhiteKernel",
    ),
}
"""Family -> private types that its fitted members hold, found by fitting every estimator of scikit-learn 1.9."""

_EPOCH = (1980, 1, 1, 0, 0, 0)


def dump(fitted: Any, *, trusted: Iterable[str] = ()) -> bytes:
    """Spell a fitted estimator as a skops archive; equal estimators have equal bytes.

    Raises:
        ArtifactError: if it holds a type that is not allowed, or one that skops cannot spell.
    """
    import skops.io

    try:
        data = skops.io.dumps(fitted)
    except (TypeError, ValueError, AttributeError, RecursionError) as error:
        raise ArtifactError(
            f"{type(fitted).__name__} cannot be saved without a pickle: {error}",
            code="ART022",
            do="Use another estimator.",
        ) from error
    _check(data, trusted)
    return _canonical(data)


def load(data: bytes, *, trusted: Iterable[str] = (), file: str = "") -> Any:
    """Build the estimator again. No type is imported before all are known to be allowed.

    Raises:
        ArtifactError: if the archive is broken or holds a type that is not allowed.
    """
    import skops.io
    from skops.io.exceptions import UntrustedTypesFoundException

    wanted = _check(data, trusted, file=file)
    try:
        return skops.io.loads(data, trusted=wanted)
    except UntrustedTypesFoundException as error:
        raise ArtifactError(f"a type is not on the allow-list: {error}", code="ART022", file=file or None) from error
    except _BROKEN as error:
        raise ArtifactError(
            f"the model cannot be built from its file: {error!r}", code="ART023", file=file or None
        ) from error


# What a crooked archive makes skops, zipfile and numpy raise.
_BROKEN = (
    zipfile.BadZipFile, OSError, EOFError, ValueError, TypeError, KeyError, AttributeError, ImportError, IndexError,
    RecursionError, NotImplementedError,
)  # fmt: skip


def _check(data: bytes, trusted: Iterable[str], *, file: str = "") -> list[str]:
    """The types that skops does not trust by itself, all of which are allowed."""
    import skops.io

    try:
        found = skops.io.get_untrusted_types(data=data)
    except _BROKEN as error:
        raise ArtifactError(f"is not a skops archive: {error!r}", code="ART023", file=file or None) from error
    allowed = {name for names in ALLOWED.values() for name in names} | set(trusted)
    refused = sorted(set(found) - allowed)
    if refused:
        raise ArtifactError(
            f"the model holds types that are not on the allow-list: {', '.join(refused)}",
            code="ART022",
            file=file or None,
            do="If they are yours and you trust them, name them in 'trusted' of the trainer in the model file.",
        )
    return list(found)


def _canonical(data: bytes) -> bytes:
    """Write the archive again without what differs between two runs: memory addresses, random names and the time."""
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        members = {name: source.read(name) for name in source.namelist()}
    schema = json.loads(members.pop("schema.json"))
    names: dict[str, str] = {}
    _renumber(schema, {}, names, members)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in [(names[old], content) for old, content in members.items()]:
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content)
        archive.writestr(zipfile.ZipInfo("schema.json", _EPOCH), json.dumps(schema))
    return target.getvalue()


def _renumber(node: Any, numbers: dict[int, int], names: dict[str, str], members: dict[str, bytes]) -> None:
    """Replace ids and file names in a schema, in place, by the order in which they are met."""
    if isinstance(node, list):
        for item in node:
            _renumber(item, numbers, names, members)
    if not isinstance(node, dict):
        return
    if isinstance(node.get("__id__"), int):
        node["__id__"] = numbers.setdefault(node["__id__"], len(numbers) + 1)
    if isinstance(node.get("file"), str) and node["file"] in members:
        old = node["file"]
        node["file"] = names.setdefault(old, f"{len(names) + 1}.{old.rpartition('.')[2]}")
    for item in node.values():
        _renumber(item, numbers, names, members)
