"""`wordcount resume`: lets a suspended resource go on from its state; only writes spec.suspend, the operator does the rest."""

from argparse import ArgumentParser, Namespace

from wordcount_cli.kube import cluster


def arguments(parser: ArgumentParser) -> None:
    """The verb's arguments."""
    cluster.arguments(parser)


def main(args: Namespace) -> int:
    """Says what happens now; raises UnreachableError."""
    resource = cluster.Resource.of(args)
    if not resource.read()["spec"].get("suspend"):
        print(f"{args.name} is not suspended; `wordcount status {args.name}` says how it is")
        return 0
    resource.edit(suspend=False)
    print(f"{args.name} goes on from its state now; `wordcount status {args.name}` shows it")
    return 0
