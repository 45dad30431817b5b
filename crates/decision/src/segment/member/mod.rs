//! Members of segments: pages, snapshots, uploads, the segments of one customer.

pub(crate) mod api;
