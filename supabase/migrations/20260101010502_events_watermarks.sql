-- Watermarks: how new what we know of a provider's object is.

create table events.watermarks (
  provider text not null,
  object text not null,
  occurred_at timestamptz not null,
  primary key (provider, object)
);

alter table events.watermarks enable row level security;

comment on table events.watermarks is
  'The newest event applied to each object of a provider (a checkout session, a dispute), so that older news does not undo it.';

create function events.advance(provider text, object text, occurred_at timestamptz)
returns boolean
language plpgsql
volatile
set search_path = ''
as $$
begin
  insert into events.watermarks as w (provider, object, occurred_at) values (provider, object, occurred_at)
  on conflict on constraint watermarks_pkey do update set occurred_at = excluded.occurred_at
  where w.occurred_at <= excluded.occurred_at;
  return found;
end
$$;

comment on function events.advance(text, text, timestamptz) is
  'Moves an object''s watermark and says whether this event is as new as any seen before. Equal times count as new: providers'' clocks have whole seconds.';
