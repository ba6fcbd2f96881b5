"""docs/controls.md, written from the definitions: `python -m revenue_assets.controls.page` writes it anew.

A test fails when the file is not what this module would write. Last results are no part of it: they belong to an
installation and are what `revenue controls` prints.
"""

from collections.abc import Sequence
from pathlib import Path

from revenue_assets.controls.catalogue import Control, Step, catalogue, folded, steps
from revenue_assets.settings import PROJECT_DIR

PAGE = PROJECT_DIR / "docs" / "controls.md"
_INTRODUCTION = Path(__file__).with_name("page_introduction.md")


def controls_page(controls: Sequence[Control]) -> str:
    """The whole page."""
    introduction = _INTRODUCTION.read_text(encoding="utf-8")
    return "\n".join([introduction, _overview(controls), *(_section(step, controls) for step in steps())])


def _overview(controls: Sequence[Control]) -> str:
    """How many checks guard each step, and on how many assets."""
    lines = ["| step | guards | checks | stop | warn | assets |", "|---|---|--:|--:|--:|--:|"]
    for step in steps():
        of_step = [control for control in controls if control.step == step.name]
        stopping = sum(control.is_blocking for control in of_step)
        assets = len({control.asset for control in of_step})
        numbers = f"{len(of_step)} | {stopping} | {len(of_step) - stopping} | {assets}"
        lines.append(f"| [{step.name}](#{step.name}) | {step.meaning} | {numbers} |")
    stopping = sum(control.is_blocking for control in controls)
    assets = len({control.asset for control in controls})
    lines.append(f"| | all | {len(controls)} | {stopping} | {len(controls) - stopping} | {assets} |")
    return "\n".join(lines) + "\n"


def _section(step: Step, controls: Sequence[Control]) -> str:
    lines = [f"## {step.name}\n", f"{step.meaning}\n", "| check | says | on | fails |", "|---|---|---|---|"]
    for says, group in folded([control for control in controls if control.step == step.name]):
        effects = sorted({"stops" if control.is_blocking else "warns" for control in group})
        assets = sorted({control.asset for control in group})
        on = f"`{assets[0]}`" if len(assets) == 1 else f"{len(assets)} assets: {_shortened(assets)}"
        count = f" ({len(group)} checks)" if len(group) > len(assets) else ""
        lines.append(f"| `{group[0].kind}` | {_cell(says)} | {on}{count} | {', '.join(effects)} |")
    return "\n".join(lines) + "\n"


def _shortened(assets: Sequence[str]) -> str:
    """Assets with their common folder said once: `raw/` accounts, meters."""
    by_folder: dict[str, list[str]] = {}
    for asset in assets:
        folder, slash, name = asset.rpartition("/")
        by_folder.setdefault(folder + slash, []).append(name)
    return "; ".join(f"{f'`{folder}` ' if folder else ''}{', '.join(names)}" for folder, names in by_folder.items())


def _cell(text: str) -> str:
    return text.removeprefix("Must find no row. ").replace("|", "\\|")


if __name__ == "__main__":
    from revenue_assets.definitions import defs

    PAGE.write_text(controls_page(catalogue(defs())), encoding="utf-8")
