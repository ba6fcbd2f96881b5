-- The company's own now: `revenue simulate` writes it, so that a rerun computes the same.
select as_of
from read_parquet(:data_dir || '/as_of.parquet')
