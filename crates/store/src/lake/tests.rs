//! Files and sessions.
