-- The currencies that money may be in.

create table billing.currencies (
  code text primary key check (code ~ '^[A-Z]{3}$'),
  exponent smallint not null check (exponent between 0 and 3),
  provider text not null default 'stripe' check (provider ~ '^[a-z][a-z_]{1,19}$')
);

alter table billing.currencies enable row level security;

comment on table billing.currencies is 'ISO 4217, and XTR. An amount is always an integer of minor units, of which 10^exponent make one unit.';
comment on column billing.currencies.provider is 'Who takes payments in it.';

insert into billing.currencies (code, exponent)
select code, 2 from regexp_split_to_table('
  AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF
  CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL
  HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP
  MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD
  SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS
  VES WST XCD YER ZAR ZMW
', '\s+') code where code <> ''
union all
select code, 0 from regexp_split_to_table('BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF', ' ') code
union all
select code, 3 from regexp_split_to_table('BHD IQD JOD KWD LYD OMR TND', ' ') code;

-- Telegram Stars: in the form of an ISO code, and never divided. See https://core.telegram.org/bots/payments-stars
insert into billing.currencies (code, exponent, provider) values ('XTR', 0, 'telegram');
