select
    organization_id,
    credit_note_id,
    invoice_id,
    invoice_line_id,
    amount,
    currency,
    reason,
    approved_by,
    created_at
from read_parquet(:data_dir || '/credit_notes.parquet')
