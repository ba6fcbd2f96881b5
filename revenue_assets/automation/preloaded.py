"""What a run needs before its first step, imported in the process whose copies are runs (run_workers.py).

Nothing here opens a connection or starts a thread: a copy has neither. What is here is frozen: the garbage collector of
a copy would go through it again and again, for nothing, and make its own copy of every page that it marks.
"""

import gc

from revenue_assets.assets import dbt_connections, dbt_lean
from revenue_assets.assets.dbt_project import parsed
from revenue_assets.automation.monthly_close import JOB
from revenue_assets.checks import suite_worker
from revenue_assets.definitions import defs

__all__ = ["dbt_connections", "dbt_lean", "suite_worker"]

defs().get_repository_def().get_job(JOB)
parsed()
gc.set_threshold(20_000, 20, 20)  # a run makes many objects and few circles
gc.collect()
gc.freeze()
