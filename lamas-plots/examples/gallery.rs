//! Draws every figure with invented data, to look at: `cargo run -p lamas-plots --example gallery -- FOLDER`.

use std::error::Error;
use std::path::PathBuf;

use lamas_plots::{Format, save};

#[path = "../tests/samples/mod.rs"]
mod samples;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("name a folder for the figures")?);
    for (kind, theme) in [("page", samples::theme()), ("column", samples::theme().narrow())] {
        std::fs::create_dir_all(folder.join(kind))?;
        for (name, figure) in samples::figures() {
            save(figure.as_ref(), &theme, &folder.join(kind).join(name), &Format::ALL)?;
        }
    }
    Ok(())
}
