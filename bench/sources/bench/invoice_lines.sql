select
    invoice_line_id,
    invoice_id,
    kind,
    meter_id,
    units,
    unit_amount,
    amount,
    currency,
    period_start,
    period_end,
    price_id
from read_parquet(:data_dir || '/invoice_lines.parquet')
