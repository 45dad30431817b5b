//! Interactions over HTTP.
