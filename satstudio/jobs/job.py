"""Job, Event, KINDS: kind -> "module:function"."""

import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import Field, JsonValue

from satstudio.core.errors import InputError
from satstudio.core.recipe import Recipe

PROTOCOL = 1
KINDS = {
    "train": "satstudio.learn.loop.loop:train",
    "estimate": "satstudio.learn.loop.estimate:estimate",
    "sweep": "satstudio.jobs.sweep:carry_out_sweep",
    "plan_checks": "satstudio.jobs.plan_checks:serve_plan_checks",
    "check_recipes": "satstudio.learn.experiments.check_recipes:check_recipes",
    "train_trial": "satstudio.learn.experiments.train_trial:train_trial",
    "follow_epoch": "satstudio.learn.experiments.by_epoch:follow_epoch",
    "score_critic": "satstudio.learn.experiments.critic:score_critic",
    "check_hadamard": "satstudio.learn.experiments.hadamard:check_hadamard",
    "hadamard_case": "satstudio.learn.experiments.hadamard:hadamard_case",
    "check_translations": "satstudio.learn.experiments.check_translations:check_translations",
    "translate_trial": "satstudio.learn.experiments.translate_trial:translate_trial",
    "measure_variance": "satstudio.learn.experiments.variance:measure_variance",
    "score_restored": "satstudio.bench.plans.benchmark.score_models:score_restored",
    "score_generated": "satstudio.bench.plans.benchmark.score_models:score_generated",
    "export": "satstudio.learn.export.onnx_export:export_onnx",
    "sample": "satstudio.restore.generate.samples:draw_samples",
    "card": "satstudio.restore.models.model_file:describe_card",
    "cut": "satstudio.patches.cut:cut_patches",
    "import": "satstudio.patches.importing:import_patches",
    "make": "satstudio.patches.importing:make_patches",
    "check": "satstudio.patches.check:check_patches",
    "sheet": "satstudio.patches.sheet:contact_sheet",
    "crop": "satstudio.scenes.crop:crop_scene",
    "restore": "satstudio.restore.whole_scene:restore_scene",
    "check_seams": "satstudio.restore.blockwise.seams:check_seams",
    "previews": "satstudio.restore.previews:serve_previews",
    "restore_many": "satstudio.restore.many_scenes:restore_scenes",
    "restore_archive": "satstudio.jobs.archive.archive:restore_archive",
    "compare": "satstudio.bench.compare:compare_scenes",
    "score_sets": "satstudio.bench.set_scores:score_sets",
    "convert_inception": "satstudio.learn.export.convert_inception:convert_inception",
    "convert_merlin": "satstudio.learn.export.convert_despeckler:convert_merlin",
    "convert_sar2sar": "satstudio.learn.export.convert_despeckler:convert_sar2sar",
    "try_model": "satstudio.restore.foreign.trial:try_model",
    "describe_model": "satstudio.restore.foreign.describe:describe_model",
    "model_thumbnail": "satstudio.restore.model_list.thumbnail:model_thumbnail",
    "model_thumbnails": "satstudio.restore.model_list.thumbnail:model_thumbnails",
    "list_models": "satstudio.restore.model_list.model_rows:list_models",
    "copy_for_deepness": "satstudio.restore.foreign.deepness_copy:copy_for_deepness",
    "demo": "satstudio.jobs.demo.demo:run_demo",
    "catalogue": "satstudio.jobs.catalogue:make_catalogue",
    "torch": "satstudio.jobs.doctor:describe_torch",
    "doctor": "satstudio.jobs.doctor:examine",
    "plugins": "satstudio.jobs.plugin_list:list_plugins",
}
"""What a worker can do; named, so that nobody imports training."""

COMMANDS = ("stop", "pause", "resume", "checkpoint", "preview")
"""Lines that a running job understands."""

DETACH = "detach"
"""A line that lets a running job go on without whoever started it, which then hears no more."""

FINAL = ("done", "stopped", "error", "detached")
"""Events after which nothing comes."""


class Job(Recipe):
    """One step of the road as data: a line of JSON starts it.

    The function of `kind` is called with `arguments` by keyword and a Progress.
    """

    kind: str
    arguments: dict[str, JsonValue] = Field(default_factory=dict)
    id: str = Field(default_factory=lambda: uuid.uuid4().hex[:8])
    nice: int = Field(10, ge=0, le=19, title="How far the process steps back for others")
    threads: int | None = Field(None, ge=1, title="Threads (none: all cores but one)")

    @property
    def target(self) -> str:
        """`module:function` of the kind; raises InputError for an unknown one."""
        if self.kind not in KINDS:
            raise InputError(f"There is no job '{self.kind}'; there are: {', '.join(KINDS)}.")
        return KINDS[self.kind]

    def to_line(self) -> str:
        """Return the job as one line of JSON."""
        return self.model_dump_json() + "\n"


@dataclass(frozen=True, slots=True)
class Event:
    """What a job said.

    Attributes
    ----------
    name : started, progress, logged, preview, saved, answer, done, stopped, error, detached
    job : the job's id
    time_s : seconds since 1970
    fields : what else was said; JSON values only
    """

    name: str
    job: str
    time_s: float = field(default_factory=time.time)
    fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_final(self) -> bool:
        """Tell whether nothing comes after this; an error about one question is not the end."""
        return self.name in FINAL and self.number is None

    @property
    def number(self) -> int | None:
        """Number of the question that an `answer` or `error` belongs to; None: the job's own."""
        number = self.fields.get("id")
        return number if isinstance(number, int) else None

    @property
    def share(self) -> float:
        """How far a `progress` is, 0..1."""
        return float(self.fields.get("share", 0.0))

    @property
    def text(self) -> str:
        """The short text of a `progress`, or the sentence of an `error`."""
        return str(self.fields.get("text") or self.fields.get("sentence") or "")

    def to_line(self) -> str:
        """Return the event as one line of JSON."""
        head = {"ev": self.name, "job": self.job, "time": round(self.time_s, 3)}
        return json.dumps({**self.fields, **head}, default=str) + "\n"

    @classmethod
    def from_line(cls, line: str) -> "Event":
        """Read a line of JSON; raises ValueError where it is none of ours."""
        values = json.loads(line)
        if not isinstance(values, dict) or not {"ev", "job", "time"} <= values.keys():
            raise ValueError(f"no event: {line[:80]!r}")
        head = {key: values.pop(key) for key in ("ev", "job", "time")}
        return cls(str(head["ev"]), str(head["job"]), float(head["time"]), values)
