"""The features function of a model: user's code in a file beside the model file."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib import util
from typing import TYPE_CHECKING, Any

from leeway.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True)
class FeaturesCode:
    """The function ``name`` in ``file``, named by a model file.

    Args:
        model: whose features it makes.
        file: the Python file.
        name: of the function: DataFrame of raw columns -> DataFrame of features.
    """

    model: str
    file: Path
    name: str

    def text(self) -> bytes:
        """The file's content.

        Raises:
            SpecError: SPEC040 if it cannot be read.
        """
        try:
            return self.file.read_bytes()
        except OSError as error:
            raise SpecError(
                f"the file named in 'features' cannot be read: {error.strerror}",
                code="SPEC040",
                model=self.model,
                file=self.file,
                do="Put it beside the model file.",
            ) from error

    def function(self) -> Callable[[Any], Any]:
        """Import the file and find the function.

        Raises:
            SpecError: SPEC040 to SPEC042 if the file or the function does not exist or the file cannot be imported.
        """
        self.text()
        found = getattr(_import_file(self.file, self.model), self.name, None)
        if not callable(found):
            raise SpecError(f"there is no function {self.name!r}", code="SPEC041", model=self.model, file=self.file)
        return found  # type: ignore[no-any-return]


def _import_file(path: Path, model: str) -> Any:
    name = f"leeway_models.{model}.{path.stem}"
    location = util.spec_from_file_location(name, path)
    assert location is not None, "the name ends in .py"
    assert location.loader is not None, "so there is a loader"
    module = util.module_from_spec(location)
    sys.modules[name] = module  # Dataclasses in it look their module up there.
    try:
        location.loader.exec_module(module)
    except Exception as error:  # An edge: importing runs the user's code, which may raise anything.
        del sys.modules[name]
        raise SpecError(f"cannot be imported: {error!r}", code="SPEC042", model=model, file=path) from error
    return module
