-- Contacts that have a code or coupon, and the contact it was made with: all of one origin have the
-- same. Until `stands_until` whatever contact follows with the offer gets it, too.
CREATE TABLE code_contacts (
    customer_id BIGINT NOT NULL,
    contact_id BIGINT NOT NULL,
    offer TEXT NOT NULL,
    origin_id BIGINT NOT NULL,
    stands_until BIGINT,
    PRIMARY KEY (customer_id, contact_id)
);
-- cross-customer: a contact has one customer
CREATE UNIQUE INDEX code_contacts_by_contact ON code_contacts (contact_id);
CREATE UNIQUE INDEX code_contacts_standing ON code_contacts (customer_id, offer)
    WHERE stands_until IS NOT NULL;
-- cross-customer: a contact has one customer
CREATE INDEX code_contacts_by_origin ON code_contacts (origin_id);
