-- Room for the next version of a customer's row on its own page: then no index is written with it.
-- postgres only
ALTER TABLE customers SET (fillfactor = 60);
