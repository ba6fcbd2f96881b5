"""What a run needs before its first step, imported in the process whose copies are runs (run_workers.py).

Nothing here opens a connection or starts a thread: a copy has neither.
"""

from revenue_assets.assets import dbt_connections, dbt_lean
from revenue_assets.assets.dbt_project import parsed
from revenue_assets.automation.monthly_close import JOB
from revenue_assets.checks import suite_worker
from revenue_assets.definitions import defs

__all__ = ["dbt_connections", "dbt_lean", "suite_worker"]

defs().get_repository_def().get_job(JOB)
parsed()
