"""Runs Dagster for the conformance tests: many sessions in one process.

Reads one request a line from stdin, runs one step by it, and writes one answer a line to the descriptor in argv:
whether the run succeeded, its events, the custom messages, and what came out of stdout and stderr.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from contextlib import contextmanager
from pathlib import Path

warnings.simplefilter("ignore")

import dagster as dg  # noqa: E402
from dagster._core.pipes.client import PipesMessageReader  # noqa: E402
from dagster._core.pipes.utils import extract_message_or_forward_to_file  # noqa: E402
from recorded import dump_event  # noqa: E402

INSTANCE = dg.DagsterInstance.ephemeral()


class StreamReader(PipesMessageReader):
    """Reads messages from a stream of the process, line by line, as Dagster's readers of container logs do."""

    def __init__(self, params):
        self.params = params
        [self.stream] = params.values()

    @contextmanager
    def read_messages(self, handler):
        self.handler = handler
        yield self.params

    def read(self, stream):
        for line in stream:
            extract_message_or_forward_to_file(self.handler, line.rstrip("\n"), sys.stdout)

    def no_messages_debug_text(self):
        return f"Attempted to read messages from {self.stream}."


def s3_client():
    import boto3

    return boto3.client("s3")


def injector(request):
    kind = request.get("injector", "file")
    if kind == "file":
        return dg.PipesTempFileContextInjector()
    if kind == "env":
        return dg.PipesEnvContextInjector()
    from dagster_aws.pipes import PipesS3ContextInjector

    return PipesS3ContextInjector(bucket=request["bucket"], client=s3_client())


def reader(request):
    kind = request.get("reader", "file")
    if kind == "file":
        return dg.PipesTempFileMessageReader(include_stdio_in_messages=request.get("includeStdio", False))
    if kind == "s3":
        from dagster_aws.pipes import PipesS3MessageReader

        return PipesS3MessageReader(bucket=request["bucket"], client=s3_client(), interval=0.1)
    return StreamReader(kind)


def run_client(context, request):
    client = dg.PipesSubprocessClient(
        context_injector=injector(request),
        message_reader=reader(request),
        forward_stdio=request.get("forwardStdio", True),
    )
    return client.run(context=context, command=request["command"], extras=request.get("extras"), env=request.get("env"))


def run_session(context, request):
    """A session whose process gets its params by arguments, or whose messages come through a stream."""
    messages = reader(request)
    with dg.open_pipes_session(context, injector(request), messages, request.get("extras")) as session:
        command, env = request["command"], {**os.environ, **(request.get("env") or {})}
        if request.get("arguments"):
            for name, value in session.get_bootstrap_cli_arguments().items():
                command = [*command, name, value]
        else:
            env.update(session.get_bootstrap_env_vars())
        stream = messages.stream if isinstance(messages, StreamReader) else None
        pipes = {stream: subprocess.PIPE} if stream else {}
        process = subprocess.Popen(command, env=env, text=True, encoding="utf-8", **pipes)
        if stream:
            messages.read(getattr(process, stream))
        if process.wait() != 0:
            raise Exception(f"exit code {process.returncode}")

    class Completed:
        get_results = session.get_results
        get_custom_messages = session.get_custom_messages

    return Completed


PARTITIONS = {
    "static": lambda: dg.StaticPartitionsDefinition(["a", "b", "c|d", "é 😀"]),
    "daily": lambda: dg.DailyPartitionsDefinition("2026-01-01", end_date="2026-02-01"),
    "berlin": lambda: dg.HourlyPartitionsDefinition("2026-03-29-00:00", timezone="Europe/Berlin"),
    "dynamic": lambda: dg.DynamicPartitionsDefinition(name="customers"),
    "multi": lambda: dg.MultiPartitionsDefinition(
        {
            "region": dg.StaticPartitionsDefinition(["eu", "us"]),
            "date": dg.DailyPartitionsDefinition("2026-01-01", end_date="2026-02-01"),
        }
    ),
}


def build_asset(request, answer):
    keys = [dg.AssetKey(key) for key in request.get("assets", [["a"]])]
    partitions = PARTITIONS[request["partitions"]]() if request.get("partitions") else None
    # Named by number: the names that Dagster makes of keys allow less than keys do.
    outs = {f"out{at}": dg.AssetOut(key=key, code_version="v1", is_required=False) for at, key in enumerate(keys)}
    checks = [dg.AssetCheckSpec(name, asset=keys[0]) for name in request.get("checks", [])]

    @dg.multi_asset(
        outs=outs,
        deps=[dg.AssetKey(dep) for dep in request.get("deps", [])],
        check_specs=checks,
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def step(context: dg.AssetExecutionContext):
        run = run_session if request.get("session") else run_client
        completed = run(context, request)
        answer["custom"] = list(completed.get_custom_messages())
        yield from completed.get_results()

    return step


def run_tags(request):
    if "range" in request:
        start, end = request["range"]
        return {"dagster/asset_partition_range_start": start, "dagster/asset_partition_range_end": end}
    return {}


def interrupt_when(path):
    """What Dagster does to a step when its run is terminated, once the process says that it is at work."""

    def send():
        while not Path(path).exists():
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=send, daemon=True).start()


def run(request):
    answer = {"custom": []}
    if request.get("partitions") == "dynamic" and "partition" in request:
        INSTANCE.add_dynamic_partitions("customers", [request["partition"]])
    if "interruptWhen" in request:
        interrupt_when(request["interruptWhen"])
    asset = build_asset(request, answer)
    deps = [dg.AssetSpec(dg.AssetKey(dep)) for dep in request.get("deps", [])]
    job = dg.Definitions(assets=[asset, *deps]).resolve_implicit_global_asset_job_def()
    run_id = dg._core.utils.make_new_run_id()
    try:
        result = job.execute_in_process(
            instance=INSTANCE,
            partition_key=request.get("partition"),
            tags=run_tags(request),
            raise_on_error=False,
            run_id=run_id,
        )
        answer["success"] = result.success
    except BaseException as error:
        answer["success"] = False
        answer["raised"] = type(error).__name__
    answer["runId"] = run_id
    answer["events"] = [dump_event(entry) for entry in INSTANCE.all_logs(run_id)]
    return answer


def report(request):
    """A materialization that came from elsewhere, as input of a later step's provenance."""
    INSTANCE.report_runless_asset_event(
        dg.AssetMaterialization(request["asset"], tags={"dagster/data_version": request["dataVersion"]})
    )
    return {}


@contextmanager
def captured(answer):
    """What this process and its children print while a step runs."""
    kept = [os.dup(1), os.dup(2)]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        os.dup2(out.fileno(), 1)
        os.dup2(err.fileno(), 2)
        try:
            yield
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for number, file in enumerate((out, err), start=1):
                os.dup2(kept[number - 1], number)
                os.close(kept[number - 1])
                file.seek(0)
                answer["stdout" if number == 1 else "stderr"] = file.read().decode("utf-8", errors="replace")


def start_s3(request):
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    endpoint = f"http://127.0.0.1:{port}"
    env = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    os.environ.update(env)
    s3_client().create_bucket(Bucket=request["bucket"])
    return {"env": env}


def list_s3(request):
    objects = s3_client().list_objects_v2(Bucket=request["bucket"]).get("Contents", [])
    return {"keys": [entry["Key"] for entry in objects]}


def build_executable_component(request):
    """What Dagster's own component for processes makes of a backfill policy, and whether ours is built on it."""
    from dagster.components.lib.executable_component.component import (
        ExecutableComponent,
    )
    from dagster.components.lib.executable_component.function_component import (
        FunctionComponent,
        FunctionSpec,
    )
    from millrace.dagster import OperatorsComponent

    policy = dg.BackfillPolicy.multi_run(max_partitions_per_run=7)
    component = FunctionComponent(
        assets=[dg.AssetSpec("a", partitions_def=PARTITIONS["daily"]())],
        execution=FunctionSpec(fn=lambda context: None, backfill_policy=policy),
    )
    built = component.build_underlying_assets_def(None).backfill_policy
    return {
        "partitionsPerRun": built and built.max_partitions_per_run,
        "ours": issubclass(OperatorsComponent, ExecutableComponent),
    }


ACTIONS = {
    "run": run,
    "report": report,
    "startS3": start_s3,
    "listS3": list_s3,
    "executableComponent": build_executable_component,
}


def main():
    with os.fdopen(int(sys.argv[1]), "w", encoding="utf-8") as answers:
        for line in sys.stdin:
            request = json.loads(line)
            answer = {}
            with captured(answer):
                try:
                    answer.update(ACTIONS[request["action"]](request))
                except Exception as error:
                    answer["failed"] = f"{type(error).__name__}: {error}"
            answers.write(json.dumps({"id": request["id"], **answer}) + "\n")
            answers.flush()


if __name__ == "__main__":
    main()
