-- The schemas of the kernel, and privileges that start from nothing.
-- Only `api` and the products' schemas are exposed to the Data API; see supabase/config.toml.

create schema api;
create schema private;
create schema audit;
create schema ledger;
create schema billing;
create schema events;
create schema jobs;
create schema limits;

comment on schema api is 'The kernel''s whole call surface: security invoker wrappers around the definer functions of unexposed schemas.';
comment on schema private is 'Policy helpers, the error helper, the clock and cron entry points. Never exposed.';
comment on schema audit is 'Append-only log of privileged and money actions.';
comment on schema ledger is 'Accounts, grants, entries and holds. The only code that moves value.';
comment on schema billing is 'Offers, prices, customers, invoices and refunds.';
comment on schema events is 'Inbox (what providers sent) and outbox (what we tell others).';
comment on schema jobs is 'Queue of asynchronous work, and predictions asked of providers.';
comment on schema limits is 'Rate buckets.';

-- Nothing that is created later is reachable until a migration says so.
alter default privileges revoke execute on functions from public;
alter default privileges revoke usage on types from public;
alter default privileges in schema public revoke all on tables from anon, authenticated, service_role;
alter default privileges in schema public revoke all on sequences from anon, authenticated, service_role;
alter default privileges in schema public revoke execute on functions from anon, authenticated, service_role;

-- The schemas' names resolve for callers; what is inside is granted object by object.
grant usage on schema api to anon, authenticated, service_role;
grant usage on schema private, audit, ledger, billing, events, jobs, limits to authenticated, service_role;
