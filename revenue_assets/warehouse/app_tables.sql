-- What outlives every rebuild: schema `app`. Nothing here is derived again from sources, so nothing here is dropped.

create schema if not exists app;

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

-- The rows of the last load of each snapshot that no critical expectation refused: what the next load is compared with.
create table if not exists app.delivered_rows (
    source_name text not null,
    dataset text not null,
    rows bigint not null,
    primary key (source_name, dataset)
);
