"""Report why a bucket cannot keep state: `python -m wordcount_jobs.tools.check_bucket PLACE`."""

import sys

from wordcount_core.failures import JobFailure
from wordcount_jobs.common import termination_log
from wordcount_jobs.common.storage import check_bucket


def main(place: str) -> int:
    """Return the exit status: 0 if the bucket can be used, else 1."""
    try:
        check_bucket(place)
    except JobFailure as failure:
        termination_log.report(failure)
        print(failure.message, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
