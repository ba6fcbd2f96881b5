select
    organization_id,
    application_id,
    grant_id,
    invoice_id,
    amount,
    applied_at
from read_parquet(:data_dir || '/credit_applications.parquet')
