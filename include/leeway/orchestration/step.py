"""A task of a model's DAG: one function of the model's spec and of what Airflow knows of the run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

from airflow.sdk import BaseOperator, BranchMixIn

from leeway.orchestration.context import explains

if TYPE_CHECKING:
    from airflow.sdk import Context

    from leeway.spec import ModelSpec

Work = Callable[..., Any]
"""``work(spec, context)``; what it returns is the task's result."""


class Step(BaseOperator):
    """A task that does ``work(spec, context)``.

    Airflow's ``@task`` would do the same, and takes twice the time to construct: it looks at the function's signature,
    types and arguments again for each model, and has four constructors. With 100 models that is half of a parse.
    """

    shallow_copy_attrs = ("work", "spec")
    work: Work
    spec: ModelSpec

    @classmethod
    def of(cls, work: Work, spec: ModelSpec, **arguments: Any) -> Self:
        """Make the task of a function: its name is the function's, and its docstring is shown on its page.

        Args:
            work: what the task does.
            spec: the model.
            **arguments: of Airflow's operator.
        """
        made = cls(task_id=work.__name__, doc_md=work.__doc__, **arguments)
        # Not by a constructor of its own: Airflow merges all defaults again in each one.
        made.work, made.spec = work, spec
        return made

    @explains
    def execute(self, context: Context) -> Any:
        """Do the work."""
        return self.work(self.spec, context)

    def get_openlineage_facets_on_complete(self, ti: Any) -> Any:
        """What the task read and wrote. OpenLineage's provider asks for it by this name, where it is installed."""
        from leeway.orchestration.lineage import lineage_of

        return lineage_of(self.task_id, self.spec, ti)


class Choice(Step, BranchMixIn):
    """A step that says which of the next tasks is to run, by its id; None: no one. The others are skipped."""

    inherits_from_skipmixin = True

    def execute(self, context: Context) -> Any:
        """Do the work and follow its choice."""
        return self.do_branch(context, super().execute(context))
