"""All input datasets of the contract, each declared once, by name. docs/contract.md is written from this.

`is_used` says whether this version reads a dataset; the others are loaded and validated for later steps, and
a run names them, so that nobody takes their silence for a clean bill.
"""

from revenue_assets.contract.documents import DOCUMENT_DATASETS
from revenue_assets.contract.events import EVENT_DATASETS
from revenue_assets.contract.model import Column, Dataset
from revenue_assets.contract.reference import REFERENCE_DATASETS
from revenue_assets.errors import SourceError

__all__ = ["DATASETS", "MONTHLY_DATASETS", "SNAPSHOT_DATASETS", "Column", "Dataset", "get_dataset"]

DATASETS: dict[str, Dataset] = {
    dataset.name: dataset for dataset in (*EVENT_DATASETS, *REFERENCE_DATASETS, *DOCUMENT_DATASETS)
}
MONTHLY_DATASETS: tuple[str, ...] = tuple(name for name, dataset in DATASETS.items() if dataset.is_monthly)
SNAPSHOT_DATASETS: tuple[str, ...] = tuple(name for name, dataset in DATASETS.items() if not dataset.is_monthly)


def get_dataset(name: str) -> Dataset:
    """The dataset of this name; SourceError naming those that exist when there is none."""
    if name not in DATASETS:
        raise SourceError(f"'{name}' is not a dataset of the contract; it has {', '.join(DATASETS)}.")
    return DATASETS[name]
