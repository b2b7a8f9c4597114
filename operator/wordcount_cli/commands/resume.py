"""`wordcount resume`: continue a suspended resource from its state, by spec.suspend: false."""

from argparse import ArgumentParser, Namespace

from wordcount_cli.kube import cluster


def arguments(parser: ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    cluster.arguments(parser)


def main(args: Namespace) -> int:
    """Change spec.suspend if it is true, and print what follows. Raises UnreachableError."""
    resource = cluster.Resource.of(args)
    if not resource.read()["spec"].get("suspend"):
        print(f"{args.name} is not suspended; `wordcount status {args.name}` shows its phase")
        return 0
    resource.edit(suspend=False)
    print(f"{args.name} continues from its state now; `wordcount status {args.name}` shows it")
    return 0
