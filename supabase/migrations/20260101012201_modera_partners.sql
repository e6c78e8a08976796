-- MODERA: the shops that sell what is recommended, and how their postbacks are recognised.

create table modera.partners (
  id uuid primary key default gen_random_uuid(),
  code text not null unique check (code ~ '^[a-z][a-z0-9-]{1,31}$'),
  name text not null unique check (length(name) between 1 and 100),
  domains text[] not null,
  commission_rate numeric(5, 4) not null check (commission_rate between 0 and 1),
  currency text not null references billing.currencies (code),
  click_parameter text not null default 'ref' check (click_parameter ~ '^[A-Za-z][A-Za-z0-9_-]{0,31}$'),
  active boolean not null default true,
  created_at timestamptz not null default private.now(),
  updated_at timestamptz not null default private.now(),
  constraint partners_domains check (
    cardinality(domains) between 1 and 20
    and array_to_string(domains, ',', '') || ',' ~ '^(([a-z0-9-]{1,63}\.)+[a-z][a-z0-9-]{1,62},)+$'
  )
);

create index partners_of_currency on modera.partners (currency);

alter table modera.partners enable row level security;

create policy partners_read on modera.partners for select to authenticated using (true);

-- What a partner pays us is not for users.
grant select (id, code, name) on modera.partners to authenticated;
grant select on modera.partners to service_role;

create trigger partners_touch before update on modera.partners
  for each row execute function private.touch_updated_at();

comment on table modera.partners is 'Shops whose products are recommended. Written by admins through modera.put_partner.';
comment on column modera.partners.code is 'Names the partner in addresses: its folder in modera-feeds, and where it posts.';
comment on column modera.partners.domains is 'Hosts, in lower case and ASCII, that its products may be at: exactly these, no hosts below them.';
comment on column modera.partners.commission_rate is 'Our share of a purchase, as of now; a commission keeps the rate of its day.';
comment on column modera.partners.currency is 'What its purchases are reported and its commissions are paid in.';
comment on column modera.partners.click_parameter is 'The query parameter by which a click tells the partner what it must report back.';
comment on column modera.partners.active is 'False: its products are not recommended, its links lead nowhere; purchases of earlier clicks are still taken.';

create table private.modera_partner_secrets (
  secret_id uuid primary key,
  partner_id uuid not null references modera.partners (id),
  created_at timestamptz not null default private.now(),
  expires_at timestamptz,
  constraint modera_partner_secrets_life check (expires_at >= created_at)
);

create index modera_partner_secrets_of_partner on private.modera_partner_secrets (partner_id, expires_at);

alter table private.modera_partner_secrets enable row level security;

create policy closed on private.modera_partner_secrets for all to anon, authenticated using (false) with check (false);

comment on table private.modera_partner_secrets is
  'Which secrets of Vault sign a partner''s postbacks. The secrets themselves are nowhere else.';
comment on column private.modera_partner_secrets.secret_id is 'Of the secret in Vault.';
comment on column private.modera_partner_secrets.expires_at is 'Null for the current one; a rotated one is taken until then.';
