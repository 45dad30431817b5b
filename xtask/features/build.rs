//! Nothing is built; the build dependencies have the same features as the others.

fn main() {}
