"""The requests that submit, stop and cancel a job; pure, so never sent from here."""

from wordcount_core.options import Options
from wordcount_jobs.common.storage import uri
from wordcount_operator.api.v1alpha1 import Attempt
from wordcount_operator.domain import App, Call, Problem
from wordcount_operator.engines.common.job_options import options
from wordcount_operator.engines.flink import conf
from wordcount_operator.engines.flink.session import Session, hex32

JAR = "wordcount.jar"
"""An empty jar in the image: it only carries the name under which the Python driver in Flink's own jar is started."""
PYTHON = "/opt/venv/bin/python"
PROGRAM = "/opt/wordcount/jobs/wordcount_jobs/flink/main.py"


def arguments(app: App) -> Options:
    """The program's arguments; raises ValueError where it would refuse them."""
    attempt = app.status.attempt
    begins = (attempt.restore_from if attempt else "") or None
    forks = begins == app.restore_from
    return options(
        app.name,
        app.spec,
        checkpoint_dir=uri(app.state_path),
        restore_from=begins if forks else None,
        resume_from=None if forks else begins,
        conf=conf.job_level(app.block.conf),
        progress_port=None,
    )


def refused(app: App) -> tuple[Problem, ...]:
    """What the program would refuse although the resource was accepted."""
    try:
        arguments(app)
    except ValueError as error:
        return (Problem("InvalidSpec", f"spec.{error}"),)
    return ()


def submit(app: App, session: Session, attempt: Attempt) -> Call:
    """Starts the attempt's job under the id that the status already holds; a second submit of that id is refused.

    Where it begins the program finds out by itself: the operator may not know the newest state that the last job left.
    """
    job, of_job = attempt.run_id, conf.job(app)
    body = {
        "entryClass": "org.apache.flink.client.python.PythonDriver",
        "programArgsList": ["-pyclientexec", PYTHON, "-py", PROGRAM, *arguments(app).main_args()],
        "jobId": job,
        "parallelism": app.spec.parallelism,
        "flinkConfiguration": of_job,
    }
    because = f"attempt {attempt.id} begins" + (
        f" from {attempt.restore_from}" if attempt.restore_from else ""
    )
    return Call("POST", f"{session.rest}/jars/{JAR}/run", body, because, done=session.job(job))


def left(app: App, attempt: Attempt) -> str:
    """The folder of what the attempt's stop leaves: its savepoint, under a name that only the JobManager chooses."""
    return f"{uri(app.state_path)}/savepoints/{attempt.run_id}"


def trigger_id(attempt: Attempt) -> str:
    """Id of the attempt's one stop with a savepoint: asking again with it begins no second one."""
    return hex32(attempt.run_id, "stop")


def savepoint(session: Session, attempt: Attempt) -> str:
    """Where the outcome of that stop is told."""
    return f"{session.job(attempt.run_id)}/savepoints/{trigger_id(attempt)}"


def stop(app: App, session: Session, attempt: Attempt) -> Call:
    """Stops the job with a savepoint in a folder of the attempt's own."""
    body = {
        "targetDirectory": left(app, attempt),
        "drain": False,
        "triggerId": trigger_id(attempt),
    }
    url = f"{session.job(attempt.run_id)}/stop"
    return Call("POST", url, body, "the run was asked to stop", done=savepoint(session, attempt))


def by_hand(session: Session, attempt: Attempt, due: str) -> str:
    """Where the outcome of a savepoint is told that a person asked for."""
    return f"{session.job(attempt.run_id)}/savepoints/{hex32(attempt.run_id, due)}"


def save(app: App, session: Session, attempt: Attempt) -> Call:
    """Makes a savepoint and lets the job go on; asking again begins no second one."""
    body = {
        "target-directory": f"{uri(app.state_path)}/savepoints",
        "cancel-job": False,
        "triggerId": hex32(attempt.run_id, app.savepoint_due),
    }
    url = f"{session.job(attempt.run_id)}/savepoints"
    return Call(
        "POST", url, body, "a person asked for a savepoint", by_hand(session, attempt, app.savepoint_due)
    )


def cancel(session: Session, attempt: Attempt, because: str) -> Call:
    """Ends the job without a savepoint; its checkpoints stay."""
    return Call("PATCH", f"{session.job(attempt.run_id)}?mode=cancel", {}, because)
