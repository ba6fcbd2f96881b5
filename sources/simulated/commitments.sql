select
    organization_id,
    commitment_id,
    subscription_id,
    kind,
    amount,
    currency,
    valid_from,
    valid_to
from read_parquet(:data_dir || '/commitments.parquet')
