"""Which company was simulated: the file `about.json` beside its truth."""

import json
from pathlib import Path
from typing import Any

from revenue_assets.simulation.profile import Profile
from revenue_assets.simulation.replacing import TRUTH

_FILE = "about.json"


def write_about(profile: Profile, seed: int, folder: Path) -> None:
    """Write it into the folder of a truth."""
    (folder / _FILE).write_text(_text(profile, seed), encoding="utf-8")


def read_about(target: Path) -> dict[str, Any]:
    """What is written in `target`: `profile`, `seed`, `months` and `organizations`."""
    about: dict[str, Any] = json.loads((target / TRUTH / _FILE).read_text(encoding="utf-8"))
    return about


def is_another(profile: Profile, seed: int, target: Path) -> bool:
    """Whether what stands in `target` is not this profile's company of this seed and these months, or is unknown."""
    file = target / TRUTH / _FILE
    return not file.exists() or file.read_text(encoding="utf-8") != _text(profile, seed)


def _text(profile: Profile, seed: int) -> str:
    organizations = [one.organization_id for one in [*profile.organizations, profile.agreements] if one]
    about = {"profile": profile.name, "seed": seed, "months": profile.months, "organizations": organizations}
    return json.dumps(about, indent=2)
