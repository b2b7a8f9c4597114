"""`python -m wordcount_jobs.core.reach PLACE`: says in a sentence why state cannot be kept in that bucket; never writes to it."""

import sys

from wordcount_jobs.core.failure import Failure
from wordcount_jobs.core.places import check


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
