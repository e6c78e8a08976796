-- MODERA: what it sells, and what its features cost.

select billing.publish_price('modera', 'basic', 'USD', 499, 50, 'Basic: 50 credits');
select billing.publish_price('modera', 'basic', 'RUB', 29900, 50);
select billing.publish_price('modera', 'basic', 'XTR', 250, 50);
select billing.publish_price('modera', 'premium', 'USD', 1299, 150, 'Premium: 150 credits');
select billing.publish_price('modera', 'premium', 'RUB', 79900, 150);
select billing.publish_price('modera', 'premium', 'XTR', 650, 150);

select billing.publish_rate('modera', 'tryon', 3);
select billing.publish_rate('modera', 'styling', 5);
select billing.publish_rate('modera', 'recommendations', 2);
