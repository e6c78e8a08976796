-- DTF Editor: which facts of a subscription people are told of.

select events.subscribe('subscription.payment_failed', 'notices.send');
select events.subscribe('subscription.ending', 'notices.send');
select events.subscribe('subscription.ended', 'notices.send');
