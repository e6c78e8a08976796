-- What the kernel itself reads of the outbox.

select events.subscribe('credits.low', 'billing.top-up');
