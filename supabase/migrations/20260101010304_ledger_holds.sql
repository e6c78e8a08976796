-- Holds, and the record of calls that left no entry behind.

create type ledger.hold_state as enum ('open', 'captured', 'released', 'expired');
comment on type ledger.hold_state is 'A hold is open until it is resolved, once, in one of three ways.';

create table ledger.holds (
  id uuid primary key default gen_random_uuid(),
  account_id bigint not null,
  key text not null,
  fingerprint bytea not null,
  amount ledger.positive not null,
  captured ledger.whole not null default 0,
  state ledger.hold_state not null default 'open',
  feature text not null,
  reference text,
  receipt jsonb,
  balance_after jsonb not null,
  metadata jsonb not null default '{}',
  created_at timestamptz not null,
  expires_at timestamptz not null,
  resolved_at timestamptz,
  reason text,
  unique (account_id, key)
);

create index holds_open on ledger.holds (account_id, expires_at) where state = 'open';
create index holds_due on ledger.holds (expires_at) where state = 'open';

alter table ledger.holds enable row level security;

insert into private.transitions (machine, from_state, to_state) values
  ('ledger.holds.state', 'open', 'captured'),
  ('ledger.holds.state', 'open', 'released'),
  ('ledger.holds.state', 'open', 'expired');

-- An open hold may become anything else that there is; the guard is only asked about the others. After, not before:
-- what runs before an update makes Postgres lock the row first.
create trigger holds_move_legally after update of state on ledger.holds
  for each row when (old.state <> 'open') execute function private.guard_transition('state');
create trigger holds_are_kept before delete or truncate on ledger.holds
  for each statement execute function private.refuse_change();

comment on table ledger.holds is 'Reservations. A hold fails when it is opened, never when it is captured. That its columns agree with each other and with its account is held by ledger.verify(): checks and a foreign key would cost every hold and capture more than the rest of its work.';
comment on column ledger.holds.receipt is 'Which grants are reserved: [{"grant": uuid, "amount": n}]. Null in an account that is not metered.';
comment on column ledger.holds.balance_after is 'The balance when it was opened: the answer to a retry.';

create table ledger.attempts (
  account_id bigint not null,
  key text not null,
  fingerprint bytea not null,
  outcome jsonb not null,
  created_at timestamptz not null default private.now(),
  primary key (account_id, key)
);

alter table ledger.attempts enable row level security;

create trigger attempts_are_append_only before update or delete or truncate on ledger.attempts
  for each statement execute function private.refuse_change();

comment on table ledger.attempts is
  'Calls that left no entry: refused ones, releases, revocations that found nothing to take. They burn their key, and a retry gets the same outcome. No foreign key: see ledger.holds.';
