//! Tests of this feature through the router, on both stores.
