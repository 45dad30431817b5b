-- Offers that were taken back: nobody makes them any more, on any node. Undone by removing the row,
-- while the audit log keeps who and when.
CREATE TABLE offer_recalls (
    offer TEXT PRIMARY KEY,
    reason TEXT NOT NULL,
    honours BIGINT NOT NULL,
    author TEXT NOT NULL,
    recalled_at BIGINT NOT NULL
);

-- Codes of offers, one per contact. `state`: 0 free, 1 reserved, 2 shown, 3 withdrawn.
-- cross-customer: a code is found by itself, and belongs to nobody until it is reserved
CREATE TABLE codes (
    code TEXT PRIMARY KEY,
    offer TEXT NOT NULL,
    position BIGINT NOT NULL,
    state BIGINT NOT NULL,
    customer_id BIGINT,
    contact_id BIGINT,
    reserved_until BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX codes_free ON codes (offer, position) WHERE state = 0;
CREATE INDEX codes_reserved ON codes (reserved_until) WHERE state = 1;
CREATE UNIQUE INDEX codes_by_contact ON codes (contact_id);

-- The first redemption of each code or coupon, in the order in which we heard of them.
-- cross-customer: a code is found by itself
CREATE TABLE redemptions (
    code TEXT PRIMARY KEY,
    redemption_id TEXT NOT NULL,
    offer TEXT NOT NULL,
    offer_version BIGINT,
    customer_id BIGINT NOT NULL,
    contact_id BIGINT NOT NULL,
    till TEXT NOT NULL,
    order_id TEXT,
    value_cents BIGINT,
    currency TEXT,
    offline BIGINT NOT NULL,
    redeemed_at BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    told BIGINT NOT NULL
);
CREATE INDEX redemptions_by_offer ON redemptions (offer, received_at);
CREATE INDEX redemptions_untold ON redemptions (received_at) WHERE told = 0;

-- Redemptions that a till had accepted without us and that were not the first of their code.
-- cross-customer: a code is found by itself
CREATE TABLE double_redemptions (
    redemption_id TEXT PRIMARY KEY,
    code TEXT NOT NULL,
    offer TEXT NOT NULL,
    till TEXT NOT NULL,
    order_id TEXT,
    redeemed_at BIGINT NOT NULL,
    received_at BIGINT NOT NULL
);
CREATE INDEX double_redemptions_by_offer ON double_redemptions (offer, received_at);

-- Keys that sign coupons. The newest one signs; the others are still believed.
CREATE TABLE coupon_keys (
    id BIGINT PRIMARY KEY,
    secret {blob} NOT NULL,
    created_at BIGINT NOT NULL,
    retired_at BIGINT
);
