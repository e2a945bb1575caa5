"""ModelSpec: everything leeway needs to know of a model, from one YAML file."""

from leeway.spec.files import find_spec, load_spec, load_specs, model_files
from leeway.spec.model import ModelSpec, parse_window
from leeway.spec.sections import Data, Monitoring, Training

__all__ = (
    "Data",
    "ModelSpec",
    "Monitoring",
    "Training",
    "find_spec",
    "load_spec",
    "load_specs",
    "model_files",
    "parse_window",
)
