"""`python -m wordcount_jobs.tools.check_bucket PLACE`: says in a sentence why state cannot be kept in that bucket; never writes to it."""

import sys

from wordcount_core.failures import Failure
from wordcount_jobs.common.storage import check


def main(where: str) -> int:
    """The exit status: 0 where the bucket answers, 1 where it does not."""
    try:
        check(where)
    except Failure as failure:
        failure.report()
        print(failure.message, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
