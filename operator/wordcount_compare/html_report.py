"""Writes a report as one self-contained HTML page with table and plots."""

from collections.abc import Mapping
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

import yaml

from wordcount_compare.plan import RATE
from wordcount_compare.plots import plots
from wordcount_compare.table import ENGINES, ROWS, milliseconds, seconds
from wordcount_compare.trial import base

Report = Mapping[str, Any]


def page(document: Report) -> str:
    """Return the page."""
    template = Template((files(__package__) / "report.html").read_text())
    by_engine = {engine: document["engines"][engine]["figures"] for engine in ENGINES}
    name = base(document["resource"]["metadata"]["name"])
    return template.substitute(
        title=f"Spark and Flink, measured on {escape(name)}",
        facts=escape(_facts(document)),
        lead=escape(_lead(by_engine)),
        rows="\n".join(_rows(by_engine)),
        rate=RATE,
        killed=escape(
            "; ".join(f"{engine.capitalize()}: {each['killed']}" for engine, each in by_engine.items())
        ),
        burst_words=f"{by_engine['spark']['burst']['words']:,}",
        resource=escape(yaml.safe_dump(document["resource"], sort_keys=False).strip()),
        **plots(document),
    )


def _facts(document: Report) -> str:
    versions = ", ".join(f"{name.capitalize()} {version}" for name, version in document["versions"].items())
    return (
        f"{versions} · {document['at'][:16].replace('T', ' ')} UTC · "
        f"{document['target']}, {document['machine']} · "
        f"one engine after the other · {document['seconds']:g} s of lines at {RATE} a second, twice"
    )


def _lead(by_engine: Report) -> str:
    """Return latency, recovery and exactness, in a few sentences."""
    spark, flink = (by_engine[engine] for engine in ENGINES)
    exact = not any(each["verdict"][key] for each in (spark, flink) for key in ("lost", "doubled"))
    return (
        f"Half of the lines were counted within {milliseconds(spark['latency_ms']['p50'])} by Spark and "
        f"{milliseconds(flink['latency_ms']['p50'])} by Flink. After a kill Spark counted again in "
        f"{seconds(spark['recovery_s'])}, Flink in {seconds(flink['recovery_s'])}. "
        + ("Both counts are exact." if exact else "Not every count is exact.")
    )


def _rows(by_engine: Report) -> list[str]:
    rows, before = [], ""
    for row in ROWS:
        if row.factor != before:
            article = row.article or ("not in the article", "")
            rows.append(_row("factor", row.factor, article))
            before = row.factor
        rows.append(_row("row", row.measured, [row.cell(by_engine[engine]) for engine in ENGINES]))
    return rows


def _row(kind: str, head: str, cells: Any) -> str:
    columns = "".join(f"<td>{escape(each)}</td>" for each in cells)
    return f'<tr class="{kind}"><th>{escape(head)}</th>{columns}</tr>'
