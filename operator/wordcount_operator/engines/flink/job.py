"""The requests that submit, stop and cancel a job."""

from wordcount_core.options import Options
from wordcount_core.storage_uris import with_scheme
from wordcount_operator.api.v1alpha1 import Attempt
from wordcount_operator.engines.common.job_options import job_options
from wordcount_operator.engines.flink import conf
from wordcount_operator.engines.flink.session import Session, hex32
from wordcount_operator.model.actions import HttpRequest
from wordcount_operator.model.job import Problem
from wordcount_operator.model.resource import WordCount

JAR = "wordcount.jar"
"""An empty jar in the image.

It only carries the name under which the Python driver in Flink's own jar is started.
"""
PYTHON = "/opt/venv/bin/python"
PROGRAM = "/opt/wordcount/jobs/wordcount_jobs/flink/main.py"


def run_options(resource: WordCount) -> Options:
    """Return the program's arguments; raises ValueError if the program would refuse them."""
    attempt = resource.status.attempt
    begins = (attempt.restore_from if attempt else "") or None
    forks = begins == resource.restore_from
    return job_options(
        resource.name,
        resource.effective_spec,
        checkpoint_dir=with_scheme(resource.state_path),
        restore_from=begins if forks else None,
        resume_from=None if forks else begins,
        conf=conf.job_level(resource.engine_block.conf),
        progress_port=None,
    )


def rejected_arguments(resource: WordCount) -> tuple[Problem, ...]:
    """Return what the program would refuse although the resource was accepted."""
    try:
        run_options(resource)
    except ValueError as error:
        return (Problem("InvalidSpec", f"spec.{error}"),)
    return ()


def submit(resource: WordCount, session: Session, attempt: Attempt) -> HttpRequest:
    """Return the request that starts the job under the id in the status; Flink refuses a second one.

    Where it begins the program finds out by itself: the operator may not know the newest state that the last
    job left.
    """
    job, of_job = attempt.run_id, conf.job(resource)
    body = {
        "entryClass": "org.apache.flink.client.python.PythonDriver",
        "programArgsList": ["-pyclientexec", PYTHON, "-py", PROGRAM, *run_options(resource).main_args()],
        "jobId": job,
        "parallelism": resource.effective_spec.parallelism,
        "flinkConfiguration": of_job,
    }
    because = f"attempt {attempt.id} begins" + (
        f" from {attempt.restore_from}" if attempt.restore_from else ""
    )
    return HttpRequest(
        "POST", f"{session.rest}/jars/{JAR}/run", body, because, already_done_url=session.job(job)
    )


def stop_savepoint_dir(resource: WordCount, attempt: Attempt) -> str:
    """Return the folder of the savepoint that the attempt's stop makes.

    The JobManager alone chooses its name.
    """
    return f"{with_scheme(resource.state_path)}/savepoints/{attempt.run_id}"


def trigger_id(attempt: Attempt) -> str:
    """Return the id of the attempt's one stop with a savepoint: asking again with it starts no second one."""
    return hex32(attempt.run_id, "stop")


def stop_savepoint_url(session: Session, attempt: Attempt) -> str:
    """Return the address at which the JobManager reports how the stop with a savepoint does."""
    return f"{session.job(attempt.run_id)}/savepoints/{trigger_id(attempt)}"


def stop(resource: WordCount, session: Session, attempt: Attempt) -> HttpRequest:
    """Return the request that stops the job with a savepoint in the attempt's own folder."""
    body = {
        "targetDirectory": stop_savepoint_dir(resource, attempt),
        "drain": False,
        "triggerId": trigger_id(attempt),
    }
    url = f"{session.job(attempt.run_id)}/stop"
    return HttpRequest(
        "POST", url, body, "the run was asked to stop", already_done_url=stop_savepoint_url(session, attempt)
    )


def manual_savepoint_url(session: Session, attempt: Attempt, due: str) -> str:
    """Return the address at which the JobManager reports how a savepoint does that a person asked for."""
    return f"{session.job(attempt.run_id)}/savepoints/{hex32(attempt.run_id, due)}"


def trigger_savepoint(resource: WordCount, session: Session, attempt: Attempt) -> HttpRequest:
    """Return the request for a savepoint while the job goes on; asking again starts no second one."""
    body = {
        "target-directory": f"{with_scheme(resource.state_path)}/savepoints",
        "cancel-job": False,
        "triggerId": hex32(attempt.run_id, resource.savepoint_due),
    }
    url = f"{session.job(attempt.run_id)}/savepoints"
    return HttpRequest(
        "POST",
        url,
        body,
        "a person asked for a savepoint",
        manual_savepoint_url(session, attempt, resource.savepoint_due),
    )


def cancel(session: Session, attempt: Attempt, because: str) -> HttpRequest:
    """Return the request that ends the job without a savepoint; its checkpoints stay."""
    return HttpRequest("PATCH", f"{session.job(attempt.run_id)}?mode=cancel", {}, because)
