//! `lamas-bench`: see `lamas-bench help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    lamas_bench::cli::main()
}
