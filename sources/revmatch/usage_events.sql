-- One row per used event; the files give no event id. Everything is read as text: the contract converts it exactly.
select
    tenant_id as account_id,
    event as event_name,
    timestamp as occurred_at,
    1 as units
from read_csv(:data_dir || '/usage_events.csv', header = true, all_varchar = true)
