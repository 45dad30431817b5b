//! Rapport, the program.

/// States are copied, records written and batches read all the time, by several threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    rapport::run()
}
