"""`wordcount suspend`: stop a resource cleanly and keep its state, by spec.suspend: true."""

from argparse import ArgumentParser, Namespace

from wordcount_cli.kube import cluster


def arguments(parser: ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    cluster.arguments(parser)


def main(args: Namespace) -> int:
    """Change spec.suspend if it is false, and print what follows. Raises UnreachableError."""
    resource = cluster.Resource.of(args)
    if resource.read()["spec"].get("suspend"):
        print(f"{args.name} is suspended already; `wordcount resume {args.name}` continues from its state")
        return 0
    resource.edit(suspend=True)
    print(
        f"{args.name} stops cleanly now and keeps its state; `wordcount resume {args.name}` continues from it"
    )
    return 0
