"""What a task read and wrote, in OpenLineage's words: for its provider, which asks each operator if it is installed.

Datasets are named as in the catalog: namespace ``leeway``, name ``<model>.raw``, ``<model>.predictions`` or
``<model>.model``, with the version that the catalog holds. Findings of a window are assertions about its raw rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from leeway.core import PartitionKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leeway.core import Measurement, Partition, Window
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace

NAMESPACE: Final = "leeway"
READS: Final = {"score": (PartitionKind.RAW,), "measure": (PartitionKind.RAW, PartitionKind.PREDICTIONS)}
WRITES: Final = {"validate": (PartitionKind.RAW,), "score": (PartitionKind.PREDICTIONS,)}
"""Task of the monitoring DAG -> the kinds of partitions."""


def lineage_of(task_id: str, spec: ModelSpec, ti: Any) -> Any:
    """The provider's ``OperatorLineage`` of a task that has ended; None if the task reads and writes no dataset."""
    from leeway.orchestration.context import window_of
    from leeway.workspace import Workspace

    purpose = ti.dag_id.rpartition("__")[2]
    if purpose == "monitoring" and (task_id in READS or task_id in WRITES):
        return _of_window(Workspace.open(), spec, window_of(spec, ti.get_template_context()), task_id)
    if purpose == "training" and task_id == "evaluate":
        return _of_training(Workspace.open(), spec)
    return None


def _of_window(ws: Workspace, spec: ModelSpec, window: Window, task_id: str) -> Any:
    from airflow.providers.openlineage.extractors import OperatorLineage
    from openlineage.client.event_v2 import InputDataset, OutputDataset
    from openlineage.client.facet_v2 import output_statistics_output_dataset as statistics

    def found(kinds: Sequence[PartitionKind]) -> list[Partition]:
        partitions = (ws.catalog.partition(spec.name, kind, window) for kind in kinds)
        return [partition for partition in partitions if partition is not None]

    measurement = ws.catalog.measurement(spec.name, window) if task_id == "measure" else None
    inputs = [
        InputDataset(NAMESPACE, _name(read), facets=_facets(spec, read), inputFacets=_quality(spec, read, measurement))
        for read in found(READS.get(task_id, ()))
    ]
    outputs = [
        OutputDataset(
            NAMESPACE,
            _name(made),
            facets=_facets(spec, made),
            outputFacets={"outputStatistics": statistics.OutputStatisticsOutputDatasetFacet(rowCount=made.rows)},
        )
        for made in found(WRITES.get(task_id, ()))
    ]
    return OperatorLineage(inputs=inputs, outputs=outputs)


def _of_training(ws: Workspace, spec: ModelSpec) -> Any:
    """The newest evaluation is that of the task that has just ended: trainings of a model run one after another."""
    from airflow.providers.openlineage.extractors import OperatorLineage
    from openlineage.client.event_v2 import InputDataset, OutputDataset
    from openlineage.client.facet_v2 import dataset_version_dataset as versions

    made = [found for found in ws.catalog.evaluations(spec.name) if found.challenger is not None]
    if not made:
        return None
    snapshot = versions.DatasetVersionDatasetFacet(datasetVersion=made[-1].snapshot)
    model = versions.DatasetVersionDatasetFacet(datasetVersion=str(made[-1].challenger))
    return OperatorLineage(
        inputs=[InputDataset(NAMESPACE, f"{spec.name}.raw", facets={"version": snapshot})],
        outputs=[OutputDataset(NAMESPACE, f"{spec.name}.model", facets={"version": model})],
    )


def _name(partition: Partition) -> str:
    return f"{partition.model}.{partition.kind}"


def _facets(spec: ModelSpec, partition: Partition) -> dict[str, Any]:
    """The version, and of raw rows the declared columns."""
    from openlineage.client.facet_v2 import dataset_version_dataset as versions
    from openlineage.client.facet_v2 import schema_dataset as schema

    facets: dict[str, Any] = {"version": versions.DatasetVersionDatasetFacet(datasetVersion=partition.version)}
    if partition.kind is PartitionKind.RAW:
        declared = spec.data.columns
        fields = [
            schema.SchemaDatasetFacetFields(name=name, type=declared[name].type.value) for name in spec.data.raw_columns
        ]
        facets["schema"] = schema.SchemaDatasetFacet(fields=fields)
    return facets


def _quality(spec: ModelSpec, partition: Partition, measurement: Measurement | None) -> dict[str, Any]:
    """How many rows were read, and each finding about them as an assertion that held or did not."""
    from openlineage.client.facet_v2 import data_quality_assertions_dataset as assertions
    from openlineage.client.facet_v2 import data_quality_metrics_input_dataset as quality

    facets: dict[str, Any] = {
        "dataQualityMetrics": quality.DataQualityMetricsInputDatasetFacet(columnMetrics={}, rowCount=partition.rows)
    }
    if measurement is not None and partition.kind is PartitionKind.RAW:
        facets["dataQualityAssertions"] = assertions.DataQualityAssertionsDatasetFacet(
            assertions=[
                assertions.Assertion(
                    assertion=f"{signal.detector}:{signal.test}",
                    success=not signal.flagged,
                    column=signal.subject if signal.subject in spec.data.columns else None,
                    description=signal.sentence,
                )
                for signal in measurement.signals
            ]
        )
    return facets
