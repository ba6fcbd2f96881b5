"""Which reports came too late for the invoice of their period, and which of a meter's values was received last.

Read are the times of invoices and never their amounts. Without invoices, or without the time of any report, nothing is
late. A late report is rare, so that all but a few are ruled out by two columns (`late_candidates.sql`).
"""

from revenue_assets.lake.workspace import Workspace

DOCUMENTS = ("invoices", "invoice_lines")


def name_late_reports(workspace: Workspace) -> None:
    """Name `late_reports`, from the claims, routes and findings of the month, whose events are named."""
    workspace.snapshots(DOCUMENTS)
    delivered = workspace.source.datasets
    least_delay = None
    if "reported_events" in delivered and all(dataset in delivered for dataset in DOCUMENTS):
        workspace.table("invoice_cutoffs")
        ((least_delay,),) = workspace.rows(
            "select min(epoch_us(cutoff_at) - epoch_us(period_end)) from invoice_cutoffs"
        )
    if least_delay is None:
        workspace.table("late_reports", "no_late_reports")
        return
    workspace.variables({"least_delay": int(least_delay)})
    workspace.table("late_candidates")
    workspace.alias("events_to_locate", "late_candidates")
    workspace.table("located_candidates", "located_events")
    workspace.alias("events_to_locate", "staged_events")
    workspace.table("late_reports")


def name_received_last(workspace: Workspace) -> None:
    """Name `received_last`, from the members of the sets; without a meter that keeps the last value nothing is read."""
    is_kept = "reported_events" in workspace.source.datasets and bool(
        workspace.rows("select 1 from mappings_in_force where aggregation = 'last' limit 1")
    )
    workspace.table("received_last", "received_last" if is_kept else "no_received_last")
