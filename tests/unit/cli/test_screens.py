"""The page of screens has one picture of each phase, drawn from a real cluster; never how it looks."""

from pathlib import Path

from wordcount_operator.planning.phases import TABLE

DOCS = Path(__file__).parents[3] / "docs"


def test_every_phase_has_its_screen_on_the_page() -> None:
    """Of both verbs, and of that phase."""
    page = (DOCS / "reference" / "screens.md").read_text()
    for phase in {phase.name for _, phase in TABLE}:
        assert f"![{phase}](../screens/{phase}.svg)" in page
        drawn = (DOCS / "screens" / f"{phase}.svg").read_text()
        assert all(part in drawn for part in ("wordcount&#160;status", "wordcount&#160;top", f">{phase}<"))
        assert "@font-face" not in drawn  # a page fetches nothing from elsewhere
