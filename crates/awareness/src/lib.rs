//! Not built yet; the folder holds its place in the crate order.
