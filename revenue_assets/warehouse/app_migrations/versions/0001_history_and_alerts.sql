-- What outlives every rebuild: schema `app`. Nothing here is derived again from sources, so nothing here is dropped.

-- Every version of every finding, one row from when it was reported until it no longer was: `[seen_at, gone_at)` are
-- instants of the source's as_of, never of a clock. `finding` is the row of revmatch_leaks without computed_at.
-- `ended`: changed (a newer version follows), superseded (another finding took its place), resolved (it is gone);
-- `resolved_by` is the newest document about its item since it was seen.
create table if not exists app.finding_versions (
    finding_id text not null,
    seen_at timestamptz not null,
    organization_id text not null,
    billing_month date not null,
    gone_at timestamptz,
    ended text check (ended in ('changed', 'superseded', 'resolved')),
    resolved_by text,
    finding jsonb not null,
    primary key (finding_id, seen_at),
    check (gone_at > seen_at)
);

create index if not exists finding_versions_by_month on app.finding_versions (organization_id, billing_month);

-- What people were told of, one row per cause from when it was seen until it is gone; the same cause coming back is a
-- new row. `condition` is how it was when seen last, `told_*` how it was when it was told last (null: not yet, because
-- it is muted). Instants are of the clock.
create table if not exists app.alerts (
    alert_id uuid primary key default gen_random_uuid(),
    kind text not null,
    cause text not null,
    organization_id text,
    opened_at timestamptz not null,
    cleared_at timestamptz,
    condition jsonb not null,
    told_at timestamptz,
    told_level numeric,
    told_severity text,
    muted_until timestamptz
);

create unique index if not exists alerts_open on app.alerts (kind, cause) where cleared_at is null;
create index if not exists alerts_of_cause on app.alerts (kind, cause, opened_at);

-- The outbox of alerts: one row per notice and destination (log, slack, webhook, email:ADDRESS), with the notice as it
-- was. What shares a `bundle` and a destination is one message. `tried_out` waits for its last try, in the run
-- `run_key`; what fails there has `failed`, what is no longer so by then is `outdated`.
create table if not exists app.alert_deliveries (
    delivery_id uuid primary key default gen_random_uuid(),
    alert_id uuid not null references app.alerts on delete cascade,
    notice_number integer not null,
    destination text not null,
    notice jsonb not null,
    bundle uuid,
    state text not null default 'pending' check (state in ('pending', 'tried_out', 'delivered', 'failed', 'outdated')),
    tries integer not null default 0,
    next_try_at timestamptz not null,
    ended_at timestamptz,
    last_error text,
    run_key text,
    unique (alert_id, notice_number, destination)
);

create index if not exists alert_deliveries_open on app.alert_deliveries (next_try_at)
where state in ('pending', 'tried_out');

-- What a source delivered of an event dataset in a UTC month, and how far it has come: `loaded` into the lake, `built` into
-- usage per item and period, `closed` with the marts after it. One row per source, dataset, month and stage, replaced by
-- the next run; `noted_at` is of the clock. A closed month whose source delivers something else by now is closed again.
create table if not exists app.loaded_months (
    source_name text not null,
    dataset text not null,
    month date not null,
    stage text not null check (stage in ('loaded', 'built', 'closed')),
    rows bigint not null check (rows >= 0),
    digest text not null,
    latest_at timestamptz,
    noted_at timestamptz not null,
    primary key (source_name, dataset, month, stage)
);

-- The rows of the last load of each snapshot that no critical expectation refused: what the next load is compared with.
create table if not exists app.delivered_rows (
    source_name text not null,
    dataset text not null,
    rows bigint not null,
    primary key (source_name, dataset)
);
