"""Runs one operator of a TypeScript project as a task of Airflow."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException, Asset, BaseOperator

from millrace.airflow.environment import build_environment, hide_secrets
from millrace.airflow.launch_context import build_launch_context
from millrace.airflow.links import DeadLettersLink
from millrace.airflow.outcome import record, record_failure, summarize
from millrace.airflow.partitions import choose_partitions
from millrace.airflow.run import OperatorRun
from millrace.airflow.task_log import TaskLog
from millrace.airflow.verdict import judge
from millrace.errors import MillraceError
from millrace.launcher import find_launcher
from millrace.manifest_cache import load_manifest

if TYPE_CHECKING:
    from airflow.sdk import Context


class MillraceOperator(BaseOperator):
    """Runs an operator that is written in TypeScript, for the partitions that the run of the DAG is about.

    `project` is the folder of the TypeScript project, relative to the file of the DAG, and `operator` the name of the
    operator in it. `config` is the operator's configuration. `conn_env` are variables of its environment that get the
    URI of an Airflow connection, such as `{"DATABASE_URL": "warehouse"}`; `env` are other variables. `partition` is a
    key, or several; left out, it is the run's `partition_key`, or else the partitions of time that become complete
    in the run's data interval. `dead_letters_url` is where dead letters can be seen, in which `{operator}`,
    `{partition}` and `{run}` stand for what they are of. `grace_seconds` is how long a process that is to stop may take
    to settle what it is doing; Airflow itself leaves 5 seconds. The asset of the operator's name is the task's outlet,
    unless `outlets` says otherwise.

    The task returns the counts and what else was reported, and that is the `extra` of the asset's event.
    """

    template_fields: Sequence[str] = ("project", "operator", "config", "conn_env", "env", "partition")
    template_fields_renderers: ClassVar[dict[str, str]] = {"config": "json", "conn_env": "json", "env": "json"}
    operator_extra_links = (DeadLettersLink(),)
    ui_color = "#d9ecf2"
    custom_operator_name = "Millrace"

    def __init__(
        self,
        *,
        project: str,
        operator: str,
        config: Mapping[str, Any] | None = None,
        conn_env: Mapping[str, str] | None = None,
        env: Mapping[str, str] | None = None,
        partition: str | Sequence[str] | None = None,
        dead_letters_url: str | None = None,
        grace_seconds: float = 3,
        **kwargs: Any,
    ) -> None:
        if "outlets" not in kwargs and isinstance(operator, str) and "{{" not in operator:
            kwargs["outlets"] = [Asset(operator)]
        super().__init__(**kwargs)
        self.project = project
        self.operator = operator
        self.config = config
        self.conn_env = conn_env
        self.env = env
        self.partition = partition
        self.dead_letters_url = dead_letters_url
        self.grace_seconds = grace_seconds

    def render_template_fields(self, context: "Context", jinja_env: Any = None) -> None:
        """Renders the templates; Airflow shows them afterwards, so that it must know by then what is secret in them."""
        super().render_template_fields(context, jinja_env)
        hide_secrets(self._texts())

    def execute(self, context: "Context") -> dict[str, Any]:
        """Runs the operator and returns what it reported.

        Raises AirflowFailException where trying again can not help, AirflowSkipException where there is nothing to do,
        else AirflowException.
        """
        self._run: OperatorRun | None = None
        self.dead_letters_link = ""
        folder = self._project_folder()
        launcher = _unretried(lambda: find_launcher(folder))
        operator = _unretried(lambda: load_manifest(folder).operator(self.operator))
        keys = choose_partitions(operator, context, self.partition)
        env = build_environment(self.conn_env or {}, self.env or {})
        redactor = hide_secrets({**self._texts(), **env})
        launch = build_launch_context(
            context, asset_keys=["/".join(operator.asset_key)], config=self.config or {}, keys=keys
        )
        log = TaskLog(self.log, redactor, {"run": launch["run_id"], "operator": operator.name})
        self._run = OperatorRun(launcher, operator.name, env, redactor, log, self.grace_seconds)
        reports, code, tail = self._run.follow(launch, keys)
        try:
            if self._run.stopped:
                raise AirflowException("The task was told to stop; what the operator had committed stays.")
            judge(reports, code, redactor.text(tail))
        except Exception as error:
            record_failure(context, reports, error, self.log)
            raise
        summary = summarize(reports)
        record(context, self._asset(summary["asset"]), summary, self.log)
        if summary.get("rejected"):
            self._tell_dead_letters(context, launch["run_id"], summary)
        return summary

    def on_kill(self) -> None:
        """Ends the operator's process, and all that it started, before Airflow ends this one."""
        run = getattr(self, "_run", None)
        if run:
            run.stop()

    def _texts(self) -> dict[str, str]:
        """What may hold a secret: the texts by their names."""
        named = {**(self.config or {}), **(self.env or {})}
        return {name: value for name, value in named.items() if isinstance(value, str)}

    def _project_folder(self) -> Path:
        return Path(self.dag.fileloc).parent / self.project

    def _asset(self, key: str) -> Asset | None:
        """The outlet that the operator's asset is: the one of its name, or the only one."""
        assets = [outlet for outlet in self.outlets or () if isinstance(outlet, Asset)]
        named = [asset for asset in assets if asset.name == key]
        return next(iter(named or (assets if len(assets) == 1 else [])), None)

    def _tell_dead_letters(self, context: "Context", run: str, summary: Mapping[str, Any]) -> None:
        ti = context["ti"]
        told = {"count": summary["rejected"], "reasons": summary.get("dead_letters")}
        ti.xcom_push("dead_letters", told)
        partition = ",".join(summary.get("partitions", []))
        if self.dead_letters_url:
            self.dead_letters_link = self.dead_letters_url.format(operator=self.operator, partition=partition, run=run)
        else:
            self.dead_letters_link = f"{ti.log_url.partition('?')[0]}/xcom"


def _unretried(find: Callable[[], Any]) -> Any:
    try:
        return find()
    except MillraceError as error:
        raise AirflowFailException(str(error)) from error
