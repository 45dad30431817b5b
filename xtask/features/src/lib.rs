//! Nothing but its manifest: the same features of libraries in every build.
