-- Trigger functions shared by every schema: append-only tables, state machines, updated_at, version.

create function private.refuse_change()
returns trigger
language plpgsql
volatile
set search_path = ''
as $$
begin
  raise exception '%.% is append-only', tg_table_schema, tg_table_name using errcode = 'insufficient_privilege';
end
$$;

comment on function private.refuse_change() is
  'Trigger: refuses update, delete and truncate of an append-only table, for its owner too.';

create table private.transitions (
  machine text not null,
  from_state text not null,
  to_state text not null,
  primary key (machine, from_state, to_state),
  constraint transitions_move check (from_state <> to_state)
);

alter table private.transitions enable row level security;

comment on table private.transitions is
  'The legal moves of every state machine. `machine` is schema.table.column; a move that is not here is refused.';

create function private.guard_transition()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  machine_column constant text := tg_argv[0];
  machine_name constant text := tg_table_schema || '.' || tg_table_name || '.' || tg_argv[0];
  old_state constant text := to_jsonb(old) ->> machine_column;
  new_state constant text := to_jsonb(new) ->> machine_column;
begin
  if old_state is distinct from new_state and not exists (
    select from private.transitions t
    where t.machine = machine_name and t.from_state = old_state and t.to_state = new_state
  ) then
    perform private.raise_problem(409, 'illegal_transition',
      format('%s cannot go from %s to %s.', machine_name, old_state, new_state),
      jsonb_build_object('machine', machine_name, 'from', old_state, 'to', new_state));
  end if;
  return new;
end
$$;

comment on function private.guard_transition() is
  'Trigger with one argument, the state column: refuses a move that private.transitions does not list (illegal_transition, 409). Definer: whoever updates a guarded table need not read the transitions.';

create function private.touch_updated_at()
returns trigger
language plpgsql
volatile
set search_path = ''
as $$
begin
  new.updated_at := private.now();
  return new;
end
$$;

comment on function private.touch_updated_at() is 'Trigger: sets updated_at before an update.';

create function private.count_version()
returns trigger
language plpgsql
volatile
set search_path = ''
as $$
begin
  new.version := old.version + 1;
  return new;
end
$$;

comment on function private.count_version() is 'Trigger: gives a changed row the next version.';
