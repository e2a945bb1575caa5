"""Model files that are wrong, each in one way (or a few), and what leeway must say of them.

A case changes the good file below: ``Case("rule", "old text", "new text", ("SPEC010", "field"), ...)``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

GOOD = """\
name: churn
description: Who will leave?
task: binary
schedule: {cron: "0 0 * * *", timezone: Europe/Berlin, start: 2024-01-01}
data:
  source:
    kind: files
    path: exports/{start:%Y-%m-%d}.csv
  event_time: at
  key: [id]
  label: {column: left, delay: 30d}
  columns:
    at: {type: timestamp, role: id}
    id: {type: int, role: id}
    region: {type: string, role: [feature, slice]}
    age: {type: int, minimum: 0}
    left: {type: boolean, role: target, nullable: true}
training:
  trainers:
    - kind: sklearn
"""


@dataclass(frozen=True)
class Case:
    """One bad file: the rule it breaks, the change, and the problems as (code, field)."""

    rule: str
    old: str
    new: str
    problems: tuple[tuple[str, str | None], ...] = field(default=())
    says: str = ""

    @property
    def text(self) -> str:
        assert self.old in GOOD, f"{self.rule}: the good file has no {self.old!r}"
        return GOOD.replace(self.old, self.new, 1)


def _case(rule: str, old: str, new: str, *problems: tuple[str, str | None], says: str = "") -> Case:
    return Case(rule, old, new, problems, says)


KEYS = [
    _case("unknown key at the top", "task:", "tsk: binary\ntask:", ("SPEC011", "tsk"), says="Did you mean 'task'?"),
    _case("misspelt and therefore missing", "training:", "trianing:", ("SPEC011", "trianing"), ("SPEC012", "training")),
    _case(
        "unknown key of the schedule",
        "timezone:",
        "timezon:",
        ("SPEC011", "schedule.timezon"),
        says="Did you mean 'timezone'?",
    ),
    _case(
        "unknown key of data", "  key:", "  keys: [id]\n  key:", ("SPEC011", "data.keys"), says="Did you mean 'key'?"
    ),
    _case(
        "unknown key of a column",
        "minimum:",
        "minimun:",
        ("SPEC011", "data.columns.age.minimun"),
        says="Did you mean 'minimum'?",
    ),
    _case("unknown key of the label", "delay:", "dealy:", ("SPEC011", "data.label.dealy"), says="'delay'"),
    _case(
        "unknown key of a source",
        "    path:",
        "    pth: x\n    path:",
        ("SPEC011", "data.source.pth"),
        says="Did you mean 'path'?",
    ),
    _case(
        "unknown key of a trainer",
        "- kind: sklearn",
        "- {kind: sklearn, estimater: a.B}",
        ("SPEC011", "training.trainers.0.estimater"),
        says="Did you mean 'estimator'?",
    ),
    _case(
        "unknown key of a detector",
        "training:",
        "monitoring: {detectors: [{kind: data_drift, flor: 0.1}]}\ntraining:",
        ("SPEC011", "monitoring.detectors.0.flor"),
        says="Did you mean 'floor'?",
    ),
    _case(
        "unknown key of the policy",
        "training:",
        "policy: {min_row: 5}\ntraining:",
        ("SPEC011", "policy.min_row"),
        says="Did you mean 'min_rows'?",
    ),
    _case(
        "unknown key of a gate",
        "training:",
        "gates: [{kind: beats_baseline, margn: 0.1}]\ntraining:",
        ("SPEC011", "gates.0.margn"),
        says="Did you mean 'margin'?",
    ),
    _case(
        "gate on groups without a sensitive column",
        "training:",
        "gates: [worst_group]\ntraining:",
        ("SPEC013", "gates.0"),
        says="name slice columns in 'columns' (region)",
    ),
    _case(
        "gate on groups of a column that is none",
        "training:",
        "gates: [{kind: group_gap, columns: [regoin]}]\ntraining:",
        ("SPEC013", "gates.0.columns"),
        says="Did you mean 'region'?",
    ),
    _case(
        "gap of another task",
        "training:",
        "gates: [{kind: group_gap, columns: [region], gap: mae}]\ntraining:",
        ("SPEC013", "gates.0.gap"),
        says="does not suit a binary model",
    ),
    _case(
        "sensitive column that cannot be listed",
        "age: {type: int, minimum: 0}",
        "age: {type: float, role: [feature, sensitive]}",
        ("SPEC013", "data.columns.age.role"),
        says="a slice or sensitive column is string or boolean or int",
    ),
    _case(
        "unknown key of retrain_on",
        "training:",
        "retrain_on: {concept: true}\ntraining:",
        ("SPEC011", "retrain_on.concept"),
        says="Did you mean 'concept_drift'?",
    ),
    _case(
        "unknown key of limits",
        "training:",
        "limits: {retrain: {at_most: 3, windows: 26}}\ntraining:",
        ("SPEC011", "limits.retrain"),
        says="Did you mean 'retrains'?",
    ),
    _case(
        "a limit without a period",
        "training:",
        "limits: {retrains: {at_most: 3}}\ntraining:",
        ("SPEC012", "limits.retrains.windows"),
    ),
    _case("no description", "description: Who will leave?\n", "", ("SPEC012", "description")),
    _case("no path", "    path: exports/{start:%Y-%m-%d}.csv\n", "", ("SPEC012", "data.source.path")),
    _case("no column type", "{type: int, minimum: 0}", "{minimum: 0}", ("SPEC012", "data.columns.age.type")),
]

KINDS = [
    _case(
        "no kind", "    kind: files\n", "", ("SPEC012", "data.source"), says="allowed: files, sql, http, module:Class"
    ),
    _case("unknown kind", "kind: files", "kind: fils", ("SPEC020", "data.source"), says="Did you mean 'files'?"),
    _case(
        "unknown trainer",
        "kind: sklearn",
        "kind: Sklaern",
        ("SPEC020", "training.trainers.0"),
        says="Did you mean 'sklearn'?",
    ),
    _case(
        "kind that is not text",
        "kind: files",
        "kind: [files]",
        ("SPEC012", "data.source"),
        says="a source needs 'kind'",
    ),
    _case(
        "absent module",
        "kind: files",
        "kind: nowhere.sources:Kafka",
        ("SPEC021", "data.source"),
        says="No module named 'nowhere'",
    ),
    _case(
        "absent attribute",
        "kind: files",
        "kind: leeway.sources.files:Filez",
        ("SPEC021", "data.source"),
        says="no attribute 'Filez'",
    ),
    _case(
        "class of another family",
        "kind: files",
        "kind: leeway.detectors.quality:Quality",
        ("SPEC022", "data.source"),
        says="does not derive from Source",
    ),
    _case("not a class", "kind: files", "kind: math:pi", ("SPEC022", "data.source")),
    _case("list as source", "kind: sklearn", "[sklearn]", ("SPEC010", "training.trainers.0"), says="not a list"),
    _case(
        "unknown detector by its name alone",
        "training:",
        "monitoring: {detectors: [data_drfit]}\ntraining:",
        ("SPEC020", "monitoring.detectors.0"),
        says="Did you mean 'data_drift'?",
    ),
]

VALUES = [
    _case("name with a slash", "name: churn", "name: a/b", ("SPEC010", "name")),
    _case("name with an at sign", "name: churn", "name: churn@2", ("SPEC010", "name")),
    _case("name with two underscores", "name: churn", "name: churn__monitoring", ("SPEC010", "name")),
    _case("name with a trailing newline", "name: churn", 'name: "churn\\n"', ("SPEC010", "name")),
    _case("name that starts with a digit", "name: churn", "name: 2churn", ("SPEC010", "name")),
    _case("name that is a number", "name: churn", "name: 7", ("SPEC010", "name"), says="put it in quotes"),
    _case("name of another file", "name: churn", "name: chrun", ("SPEC006", "name"), says="'churn.yaml'"),
    _case(
        "unknown task", "task: binary", "task: clasification", ("SPEC010", "task"), says="allowed: binary, regression"
    ),
    _case("task that is a list", "task: binary", "task: [binary]", ("SPEC010", "task")),
    _case(
        "empty schedule",
        'schedule: {cron: "0 0 * * *", timezone: Europe/Berlin, start: 2024-01-01}',
        "schedule:",
        ("SPEC010", "schedule"),
        says="not nothing",
    ),
    _case("six cron fields", '"0 0 * * *"', '"0 0 0 * * *"', ("SPEC010", "schedule.cron")),
    _case("cron nickname", '"0 0 * * *"', '"@daily"', ("SPEC010", "schedule.cron")),
    _case("cron by chance", '"0 0 * * *"', '"R 0 * * *"', ("SPEC010", "schedule.cron")),
    _case("cron of no day", '"0 0 * * *"', '"0 0 31 2 *"', ("SPEC010", "schedule.cron"), says="no such day"),
    _case("cron of hours of some months", '"0 0 * * *"', '"0 * * 5 *"', ("SPEC010", "schedule.cron")),
    _case(
        "unknown time zone", "Europe/Berlin", "Europe/Berln", ("SPEC010", "schedule.timezone"), says="'Europe/Berlin'"
    ),
    _case("time zone that is a folder", "Europe/Berlin", "Europe", ("SPEC010", "schedule.timezone")),
    _case("time zone that leaves its folder", "Europe/Berlin", "../etc", ("SPEC010", "schedule.timezone")),
    _case("time zone of the machine", "Europe/Berlin", "localtime", ("SPEC010", "schedule.timezone")),
    _case(
        "time zone of a path that is a folder",
        "    path:",
        "    timezone: Europe\n    path:",
        ("SPEC010", "data.source.timezone"),
        says="unknown time zone 'Europe'",
    ),
    _case("start that is a number", "2024-01-01", "20240101", ("SPEC010", "schedule.start"), says="not a date"),
    _case("start that is no day", "2024-01-01", "2024-02-30", ("SPEC010", "schedule.start")),
    _case("start with a time", "2024-01-01", "2024-01-01T05:00:00", ("SPEC010", "schedule.start"), says="time of day"),
    _case("end at the start", "2024-01-01", "2024-01-01, end: 2024-01-01", ("SPEC013", "schedule.end")),
    _case(
        "end that leaves no window",
        '{cron: "0 0 * * *", timezone: Europe/Berlin, start: 2024-01-01}',
        '{cron: "0 0 1 * *", start: 2024-01-02, end: 2024-01-20}',
        ("SPEC013", "schedule.end"),
        says="2024-02-01",
    ),
    _case(
        "label duration without unit", "delay: 30d", "delay: '30'", ("SPEC010", "data.label.delay"), says="write 90m"
    ),
    _case("label duration in words", "delay: 30d", "time: at, within: soon", ("SPEC010", "data.label.within")),
    _case("yes where text is wanted", "description: Who will leave?", "description: true", ("SPEC010", "description")),
    _case("no tags list", "task:", "tags: demo\ntask:", ("SPEC010", "tags"), says="a list is wanted"),
    _case("no trainers", "trainers:\n    - kind: sklearn", "trainers: []", ("SPEC010", "training.trainers")),
    _case("no trials", "training:", "training:\n  trials: 0", ("SPEC010", "training.trials"), says="not 0"),
    _case("infinite time", "training:", "training:\n  seconds: .inf", ("SPEC010", "training.seconds")),
    _case("wrong retrain cron", "training:", "training:\n  cron: weekly", ("SPEC010", "training.cron")),
    _case("wrong promotion", "task:", "promotion: manual\ntask:", ("SPEC010", "promotion"), says="approval, auto"),
    _case("features outside the folder", "  key:", "  features: ../x.py:f\n  key:", ("SPEC010", "data.features")),
    _case("features by absolute path", "  key:", "  features: /x.py:f\n  key:", ("SPEC010", "data.features")),
    _case("features without function", "  key:", "  features: x.py\n  key:", ("SPEC010", "data.features")),
    _case("unknown field in a path", "{start:", "{begin:", ("SPEC010", "data.source.path"), says="start"),
    _case(
        "range upside down",
        "- kind: sklearn",
        "- {kind: sklearn, search: {c: {low: 2, high: 1}}}",
        ("SPEC010", "training.trainers.0.search"),
        says="'high' must be larger",
    ),
    _case(
        "estimator that is no path",
        "- kind: sklearn",
        "- {kind: sklearn, estimator: forest}",
        ("SPEC010", "training.trainers.0.estimator"),
    ),
    _case(
        "unknown parameter of a network",
        "- kind: sklearn",
        "- {kind: torch, params: {layers: 3}}",
        ("SPEC010", "training.trainers.0.params"),
    ),
    _case(
        "too many report rows",
        "task:",
        "monitoring: {report_rows: 1000000}\ntask:",
        ("SPEC010", "monitoring.report_rows"),
    ),
]

TOGETHER = [
    _case(
        "no columns",
        GOOD[GOOD.index("  columns:") : GOOD.index("training:")],
        "  columns: {}\n",
        ("SPEC010", "data.columns"),
    ),
    _case("no key", "key: [id]", "key: []", ("SPEC010", "data.key")),
    _case("key twice", "key: [id]", "key: [id, id]", ("SPEC013", "data.key")),
    _case("key that is not declared", "key: [id]", "key: [ids]", ("SPEC013", "data.key.0"), says="Did you mean 'id'?"),
    _case(
        "key that may be null",
        "id: {type: int, role: id}",
        "id: {type: int, role: id, nullable: true}",
        ("SPEC013", "data.columns.id.nullable"),
    ),
    _case(
        "key that is dropped",
        "id: {type: int, role: id}",
        "id: {type: int, role: forbidden}",
        ("SPEC013", "data.columns.id.role"),
    ),
    _case("event time that is not declared", "event_time: at", "event_time: when", ("SPEC013", "data.event_time")),
    _case("event time that is a number", "event_time: at", "event_time: id", ("SPEC013", "data.event_time")),
    _case("label column without the role", "role: target, ", "", ("SPEC013", "data.columns.left.role")),
    _case("two targets", "{type: int, minimum: 0}", "{type: int, role: target}", ("SPEC013", "data.columns.age.role")),
    _case("label time that is a number", "delay: 30d", "time: age, within: 2d", ("SPEC013", "data.label.time")),
    _case("label known in two ways", "delay: 30d", "delay: 30d, time: at, within: 2d", ("SPEC013", "data.label")),
    _case("label known in no way", ", delay: 30d", "", ("SPEC013", "data.label")),
    _case("label time without a limit", "delay: 30d", "time: at", ("SPEC013", "data.label.within")),
    _case("column name with a blank", "    age:", "    the age:", ("SPEC013", "data.columns.the age")),
    _case(
        "columns that differ in case", "    age:", "    Region: {type: string}\n    age:", ("SPEC013", "data.columns")
    ),
    _case("column with a name of leeway's", "    age:", "    prediction:", ("SPEC013", "data.columns.prediction")),
    _case("no feature", GOOD[GOOD.index("    region:") : GOOD.index("    left:")], "", ("SPEC013", "data.columns")),
    _case(
        "timestamp as feature",
        "age: {type: int, minimum: 0}",
        "age: {type: timestamp}",
        ("SPEC013", "data.columns.age"),
    ),
    _case("two roles", "[feature, slice]", "[feature, target]", ("SPEC013", "data.columns.region.role")),
    _case("no role", "[feature, slice]", "[]", ("SPEC010", "data.columns.region.role")),
    _case(
        "slice of floats",
        "{type: int, minimum: 0}",
        "{type: float, role: [feature, slice]}",
        ("SPEC013", "data.columns.age.role"),
    ),
    _case(
        "levels of a number",
        "{type: int, minimum: 0}",
        '{type: int, levels: ["1"]}',
        ("SPEC013", "data.columns.age.levels"),
    ),
    _case("level twice", "role: [feature, slice]", "levels: [n, s, n]", ("SPEC013", "data.columns.region.levels")),
    _case("minimum of text", "role: [feature, slice]", "minimum: 3", ("SPEC013", "data.columns.region.minimum")),
    _case("maximum below minimum", "minimum: 0", "minimum: 0, maximum: -1", ("SPEC013", "data.columns.age.maximum")),
    _case("format of a number", "minimum: 0", "format: '%d'", ("SPEC013", "data.columns.age.format")),
    _case("time zone of text", "role: [feature, slice]", "timezone: UTC", ("SPEC013", "data.columns.region.timezone")),
    _case(
        "time zone of a column that is none",
        "at: {type: timestamp",
        "at: {type: timestamp, timezone: Mars",
        ("SPEC010", "data.columns.at.timezone"),
    ),
    _case(
        "target that does not suit the task",
        "left: {type: boolean",
        "left: {type: string",
        ("SPEC013", "data.columns.left.type"),
    ),
    _case(
        "metric of another task", "task:", "metric: rmse\ntask:", ("SPEC013", "metric"), says="allowed: accuracy, auc"
    ),
    _case("loss of another task", "task:", "loss: squared_error\ntask:", ("SPEC013", "loss")),
    _case(
        "gate on a metric of another task",
        "task:",
        "gates: [{kind: absolute, metric: mae, at_most: 3}]\ntask:",
        ("SPEC013", "gates.0.metric"),
    ),
    _case(
        "recent history that is held back",
        "training:",
        "training:\n  recent_windows: 3",
        ("SPEC013", "training.recent_windows"),
    ),
    _case(
        "first champion on held-back windows",
        "training:",
        "policy: {bootstrap_windows: 3}\ntraining:",
        ("SPEC013", "policy.bootstrap_windows"),
    ),
    _case(
        "unknown expectation",
        "  key:",
        "  expectations: [{type: expect_colum_to_exist, column: age}]\n  key:",
        ("SPEC061", "data.expectations.0.type"),
        says="expect_column_to_exist",
    ),
    _case(
        "expectation without type",
        "  key:",
        "  expectations: [{column: age}]\n  key:",
        ("SPEC013", "data.expectations.0"),
    ),
]

MANY = [
    _case(
        "everything at once",
        GOOD,
        GOOD.replace("Europe/Berlin", "Berlin")
        .replace("minimum", "minimun")
        .replace("kind: sklearn", "kind: skleran")
        .replace("kind: files", "kind: files\n    delimiter: ab"),
        ("SPEC010", "schedule.timezone"),
        ("SPEC011", "data.columns.age.minimun"),
        ("SPEC010", "data.source.delimiter"),
        ("SPEC020", "training.trainers.0"),
    ),
    _case(
        "several columns at once",
        "{type: string, role: [feature, slice]}\n    age: {type: int, minimum: 0}",
        "{type: string, minimum: 1}\n    age: {type: int, levels: [a], format: '%Y'}",
        ("SPEC013", "data.columns.region.minimum"),
        ("SPEC013", "data.columns.age.format"),
        ("SPEC013", "data.columns.age.levels"),
    ),
]

CASES = [*KEYS, *KINDS, *VALUES, *TOGETHER, *MANY]

BROKEN: list[tuple[str, bytes, str, str]] = [
    ("empty file", b"", "SPEC003", "empty"),
    ("only a comment", b"# nothing\n", "SPEC003", "empty"),
    ("a list at the top", b"- name: churn\n", "SPEC003", "a list"),
    ("a single value", b"churn\n", "SPEC003", "a single value"),
    ("not UTF-8", "description: größer\n".encode("latin-1"), "SPEC001", "UTF-8"),
    ("too large", b"# " + b"x" * 300_000, "SPEC001", "262,144 bytes"),
    ("indented with a tab", b"data:\n\tsource: x\n", "SPEC002", "not tabs"),
    ("never closed", b"name: [churn\ntask: binary\n", "SPEC002", "churn.yaml:"),
    ("a control character", b"name: chu\x00rn\n", "SPEC002", "not YAML"),
    ("an anchor", b"name: &x churn\n", "SPEC004", "anchor (&x)"),
    ("an alias to nothing", b"name: *x\n", "SPEC004", "alias"),
    ("a YAML bomb", b"a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: [*c,*c]\n", "SPEC004", "churn.yaml:1"),
    ("a tag of Python", b"name: !!python/object/apply:os.system [ls]\n", "SPEC004", "tag"),
    ("two documents", b"name: churn\n---\nname: other\n", "SPEC004", "second document"),
    ("nesting without end", b"[" * 100_000, "SPEC004", "nesting"),
    ("nesting by dashes", b"- " * 100_000, "SPEC004", "nesting"),
    ("nesting of keys", b"{a: " * 50_000, "SPEC004", "nesting"),
    ("a key twice", b"name: churn\ntask: binary\nname: churn\n", "SPEC005", "first in line 1"),
    ("a key twice further down", b"data:\n  columns:\n    a: {type: int, type: int}\n", "SPEC005", "churn.yaml:3"),
    ("a number as key", b"2024: x\n", "SPEC005", "key '2024' is not text"),
    ("a list as key", b"[a, b]: x\n", "SPEC005", "not text"),
    ("nothing as key", b"? \n: x\n", "SPEC005", "not text"),
]
"""Files that are not even YAML for model files: rule, bytes, code, what the message says."""
