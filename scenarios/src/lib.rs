//! Black-box stories against the real program.
