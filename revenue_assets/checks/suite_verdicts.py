"""What a check at the doorstep shows in Dagster: one sentence, counts, examples, and the page that tells the rest."""

from collections.abc import Mapping, Sequence

import dagster as dg

from revenue_assets.checks.suites import Outcome, SuiteResult

CRITICAL_CHECK = "critical_expectations"
WARNING_CHECK = "warning_expectations"
_CHECKS = {"critical": CRITICAL_CHECK, "warning": WARNING_CHECK}
_SEVERITIES = {"critical": dg.AssetCheckSeverity.ERROR, "warning": dg.AssetCheckSeverity.WARN}
_NAMED = 3

Results = Mapping[str, SuiteResult | None]


def verdict(dataset: str, severity: str, results: Results, link: str) -> dg.AssetCheckResult:
    """The result of one check, from what became of the suite on each source (None: it does not deliver the dataset)."""
    there = {source: result for source, result in results.items() if result is not None}
    broken = {source: result.broken(severity) for source, result in there.items() if result.broken(severity)}
    expected = sum(len(result.of(severity)) for result in there.values())
    failed = sum(map(len, broken.values()))
    rows = sum(result.rows for result in there.values())
    metadata: dict[str, dg.MetadataValue] = {
        "rows": dg.MetadataValue.int(rows),
        "rows_looked_at": dg.MetadataValue.int(rows),
        "expectations": dg.MetadataValue.int(expected),
        "expectations_met": dg.MetadataValue.int(expected - failed),
        "expectations_broken": dg.MetadataValue.int(failed),
        "failed_rows": dg.MetadataValue.int(sum(o.broken_rows for found in broken.values() for o in found)),
        "report": dg.MetadataValue.url(link),
    }
    absent = [source for source, result in results.items() if result is None]
    if absent:
        metadata["not_delivered_by"] = dg.MetadataValue.text(", ".join(absent))
    if broken:
        metadata["failing_examples"] = dg.MetadataValue.md(examples_text(broken))
    return dg.AssetCheckResult(
        asset_key=dg.AssetKey(["raw", dataset]),
        check_name=_CHECKS[severity],
        passed=not broken,
        severity=_SEVERITIES[severity],
        description=sentence(dataset, severity, broken, len(there), expected, absent),
        metadata=metadata,
    )


def sentence(
    dataset: str,
    severity: str,
    broken: Mapping[str, Sequence[Outcome]],
    sources: int,
    expected: int,
    absent: Sequence[str],
) -> str:
    """The verdict in one sentence."""
    if not sources:
        return f"{dataset} is not delivered by {', '.join(absent)}."
    if not broken:
        rest = f"; not delivered by {', '.join(absent)}" if absent else ""
        return f"All {expected} {severity} expectations are met{rest}."
    reasons = [f"{source}: {reason(outcome)}" for source, found in broken.items() for outcome in found]
    more = f"; and {len(reasons) - _NAMED} more broken expectations" if len(reasons) > _NAMED else ""
    return "; ".join(reasons[:_NAMED]) + more


def reason(outcome: Outcome) -> str:
    """A broken expectation in words."""
    says = f"expected is: {outcome.description}"
    if outcome.error:
        return f"{says}; it could not be judged ({outcome.error})"
    example = outcome.examples[0] if outcome.examples else {}
    such = ", ".join(f"{name} {value}" for name, value in example.items())
    return f"{says}; found: {outcome.observed}" + (f", such as {such}" if such else "")


def examples_text(broken: Mapping[str, Sequence[Outcome]]) -> str:
    """A table per broken expectation, as Markdown."""
    parts = []
    for source, outcomes in broken.items():
        for outcome in outcomes:
            parts.append(f"**{source}: {outcome.description}** ({outcome.observed})\n")
            if outcome.examples:
                names = list(outcome.examples[0])
                lines = [names, ["---"] * len(names), *([row[name] for name in names] for row in outcome.examples)]
                parts.append("\n".join(f"| {' | '.join(_cell(value) for value in line)} |" for line in lines) + "\n")
    return "\n".join(parts)


def _cell(value: str) -> str:
    return " ".join(value.split()).replace("|", "\\|")
