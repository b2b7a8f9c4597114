"""`wordcount suspend`: stops a resource cleanly and keeps its state; only writes spec.suspend, the operator does the rest."""

from argparse import ArgumentParser, Namespace

from wordcount_cli.kube import cluster


def arguments(parser: ArgumentParser) -> None:
    """The verb's arguments."""
    cluster.arguments(parser)


def main(args: Namespace) -> int:
    """Says what happens now; raises UnreachableError."""
    resource = cluster.Resource.of(args)
    if resource.read()["spec"].get("suspend"):
        print(f"{args.name} is suspended already; `wordcount resume {args.name}` goes on from its state")
        return 0
    resource.edit(suspend=True)
    print(
        f"{args.name} stops cleanly now and keeps its state; `wordcount resume {args.name}` goes on from it"
    )
    return 0
