//! `lamas-lab`: see `lamas-lab help`.

use std::process::ExitCode;

#[expect(unsafe_code, reason = "the tensor library takes this setting from the environment alone")]
fn main() -> ExitCode {
    // Cells are worked on side by side. The tensor library would spread the larger operations of each over threads that all
    // of them share, and they would wait for each other.
    // SAFETY: this is the only thread so far.
    unsafe { std::env::set_var("CANDLE_NUM_THREADS", "1") };
    lamas_lab::cli::main()
}
