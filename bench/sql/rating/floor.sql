-- Every number of the items is read once: nothing that rates them can be faster.
select
    count(*), sum(units_actual), sum(units_less_rejected), sum(units_less_unreported), sum(units_requantified),
    sum(units_less_overwritten), sum(units_with_reported_twice), sum(units_reported), sum(billed_units),
    sum(documented_amount), sum(invoiced_amount), sum(credit_amount), sum(prepaid_amount), sum(cash_amount)
from intermediate.int_items
