select
    currency,
    minor_unit
from {{ source('raw', 'currencies') }}
