-- Refunds and disputes: money of an invoice that went back, or may.

create type billing.refund_kind as enum ('refund', 'dispute', 'dispute_won', 'dispute_lost');
comment on type billing.refund_kind is
  'refund: we gave money back. dispute: the buyer''s bank took it, until dispute_won gives it to us again or dispute_lost makes it final.';

create table billing.refunds (
  id bigint generated always as identity primary key,
  invoice_id uuid not null references billing.invoices (id),
  kind billing.refund_kind not null,
  reference text not null check (reference <> ''),
  amount bigint not null check (amount >= 0),
  credits_taken bigint not null,
  credits_owed bigint not null,
  created_at timestamptz not null default private.now(),
  constraint refunds_sign check (
    case when kind = 'dispute_won' then credits_taken <= 0 and credits_owed <= 0
    else credits_taken >= 0 and credits_owed >= 0 end
  )
);

create index refunds_by_invoice on billing.refunds (invoice_id, id);
create unique index refunds_once_a_step on billing.refunds (invoice_id, kind, reference) where kind <> 'refund';

alter table billing.refunds enable row level security;

create trigger refunds_are_append_only before update or delete or truncate on billing.refunds
  for each statement execute function private.refuse_change();

comment on table billing.refunds is
  'Append-only: each step of money going back. The sums over an invoice say what its credits are worth now: credits taken back from the account, and credits owed because they were spent.';
comment on column billing.refunds.reference is 'The provider''s id of the refund or dispute.';
comment on column billing.refunds.amount is 'In minor units of the invoice''s currency.';
comment on column billing.refunds.credits_taken is 'Unspent credits taken back; negative when a won dispute gave them back.';
comment on column billing.refunds.credits_owed is 'Credits that should have been taken and were spent; negative when a won dispute forgave them.';

create function billing.returned(
  invoice_id uuid,
  out refunded bigint,
  out disputed bigint,
  out lost bigint,
  out credits_back bigint,
  out credits_owed bigint
)
language sql
stable
set search_path = ''
begin atomic
  with disputes as (
    select max(r.amount) as amount, bool_or(r.kind = 'dispute_lost') as lost
    from billing.refunds r
    where r.invoice_id = returned.invoice_id and r.kind <> 'refund'
    group by r.reference
    having not bool_or(r.kind = 'dispute_won')
  )
  select
    coalesce(sum(r.amount) filter (where r.kind = 'refund'), 0)::bigint,
    (select coalesce(sum(d.amount), 0)::bigint from disputes d),
    (select coalesce(sum(d.amount) filter (where d.lost), 0)::bigint from disputes d),
    coalesce(sum(r.credits_taken + r.credits_owed), 0)::bigint,
    coalesce(sum(r.credits_owed), 0)::bigint
  from billing.refunds r where r.invoice_id = returned.invoice_id;
end;

comment on function billing.returned(uuid) is
  'What went back of an invoice: money refunded, money in open or lost disputes, the lost part of it, and the credits that were taken back or are owed for it. Exact while the invoice is locked.';
