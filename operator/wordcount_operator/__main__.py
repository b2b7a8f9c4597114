"""`python -m wordcount_operator` starts the operator."""

import asyncio
import logging
import sys

from kubernetes.aio.config import ConfigException

from wordcount_operator import logs, runtime, settings
from wordcount_operator.settings import SettingError

logger = logging.getLogger("wordcount_operator")


def main() -> int:
    """Run until SIGTERM; return 0 after a clean stop, 1 after a failure, 2 for a wrong environment."""
    try:
        config = settings.from_environ()
    except SettingError as problem:
        print(f"wordcount_operator: {problem}", file=sys.stderr)
        return 2
    logs.configure(config)
    try:
        return asyncio.run(runtime.operate(config))
    except ConfigException as problem:
        logger.error("there is no configuration to reach the API server: %s", problem)
        return 2
    except Exception:
        logger.exception("the operator failed and ends")
        return 1


if __name__ == "__main__":
    sys.exit(main())
