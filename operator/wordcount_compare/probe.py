"""Produces marked lines, reads the counts, and prints what it sees as JSON on standard output.

`python -m wordcount_compare.probe <plan as JSON>` runs one engine's whole trial, in phases that it announces.
The process that started it reads them, and starts, kills and stops the engine. Times are this machine's.
"""

import sys
import time
from collections import Counter

from kafka.errors import KafkaError

from wordcount_compare import kafka, late
from wordcount_compare.count_checker import expected_counts
from wordcount_compare.generated_lines import BURST_LINE_WORDS, GeneratedLines
from wordcount_compare.load_session import DRAIN_TIMEOUT, LoadSession, emit
from wordcount_compare.plan import Plan

WARM_UP = 5.0
"""Seconds of lines before the first measurement."""
BEFORE_KILL = 6.0
"""Seconds of lines before the kill, so that the engine counts when it is killed."""
PAUSE = 2.0
"""Seconds between two phases, in which the reader of the announcements measures the engine's usage."""


def main() -> int:
    """Run the plan. Return 0 if it was completed, whatever was counted, or 1 after printing the problem."""
    plan = Plan.from_json(sys.argv[1])
    try:
        if plan.task == "clean":
            kafka.remove_topics(plan)
        else:
            kafka.create_topics(plan)
            totals(plan)
            late.windows(plan, emit)
            emit(phase="end")
    except KafkaError as error:
        emit(problem=f"spec.source.kafka.bootstrapServers: a request to {plan.servers} failed: {error}")
        return 1
    except TimeoutError as error:
        emit(problem=str(error))
        return 1
    return 0


def totals(plan: Plan) -> None:
    """Measure running totals: start, steady rate, burst, kill and exactness. Raises TimeoutError."""
    topics = plan.totals
    session = LoadSession(
        kafka.Lines(plan, topics.lines), kafka.Counts(plan, topics.counts), GeneratedLines(plan.text)
    )
    emit(phase="start")
    end = time.monotonic() + DRAIN_TIMEOUT
    while not session.checker.words:
        session.produce_for(0.5, 2)
        if time.monotonic() > end:
            raise TimeoutError(
                f"the engine has counted nothing within {DRAIN_TIMEOUT:.0f} s; see the engine's log"
            )
    emit(phase="warm-up")
    session.produce_for(WARM_UP)
    session.drain()
    emit(phase="steady")
    session.produce_for(plan.seconds)
    session.drain()
    burst_lines = burst(plan, session)
    session.produce_for(BEFORE_KILL)
    emit(phase="kill")
    session.produce_for(plan.seconds)
    session.drain()
    session.read_counts(PAUSE)
    expected = expected_counts(session.lines.sent + burst_lines, plan.text)
    emit(phase="check", verdict=session.checker.verdict(expected))
    session.lines.close()
    session.counts.close()


def burst(plan: Plan, session: LoadSession) -> Counter[str]:
    """Send many words at once, wait until they are counted, and return the lines that were sent."""
    emit(phase="burst", words=plan.burst_words)
    session.read_counts(PAUSE)
    lines = kafka.Lines(plan, plan.totals.lines, linger_ms=20)
    for line in session.generated.burst(plan.burst_words):
        lines.send(line)
        session.produced += BURST_LINE_WORDS
        session.sample()
    lines.close()
    session.drain()
    emit(phase="burst-counted")
    session.read_counts(PAUSE)
    return lines.sent


if __name__ == "__main__":
    sys.exit(main())
