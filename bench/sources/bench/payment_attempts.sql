select
    'pay_' || invoice_id as attempt_id,
    invoice_id,
    1 as attempt_number,
    timestamptz '2025-04-03 00:00:00+00' as attempted_at,
    sum(amount) as amount,
    'USD' as currency,
    'succeeded' as status
from read_parquet(:data_dir || '/invoice_lines.parquet')
group by invoice_id
