//! What is running and how long it will take.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use lamas_core::wording;

/// What a sweep tells while it runs. Whoever shows it must not slow it down.
pub trait Progress: Sync {
    /// A stage before the cells, such as loading data.
    fn stage(&self, what: &str);
    /// The work ahead, in episodes, and how much of it earlier runs have done.
    fn work_ahead(&self, episodes: u64, done: u64);
    /// A cell starts.
    fn cell_started(&self, cell: &str);
    /// `count` more episodes are done.
    fn episodes(&self, count: u64);
    /// A cell is finished.
    fn cell_finished(&self, cell: &str);
    /// Which calls wait, and why; empty when none does. Told at every change.
    fn waiting(&self, text: &str);
    /// All is done, or the run ends early.
    fn finish(&self);
}

/// Tells nobody.
pub struct Silent;

impl Progress for Silent {
    fn stage(&self, _: &str) {}
    fn work_ahead(&self, _: u64, _: u64) {}
    fn cell_started(&self, _: &str) {}
    fn episodes(&self, _: u64) {}
    fn cell_finished(&self, _: &str) {}
    fn waiting(&self, _: &str) {}
    fn finish(&self) {}
}

/// Bars on the terminal: one for the whole sweep, with the time left, one line that names the cells at work, and one that
/// says which calls wait and why. Where there is no terminal, long waits are logged.
pub struct Bars {
    all: MultiProgress,
    total: ProgressBar,
    line: ProgressBar,
    waits: ProgressBar,
    running: Mutex<Vec<String>>,
    logged: Mutex<Option<Instant>>,
}

/// How often waits are logged where there is no terminal.
const LOGGED_EVERY: Duration = Duration::from_secs(30);

impl Bars {
    /// Bars on standard error; nothing where that is not a terminal.
    #[must_use]
    pub fn new() -> Self {
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let waits = all.add(ProgressBar::new_spinner());
        let line = all.add(ProgressBar::new_spinner());
        let total = all.add(ProgressBar::new(0));
        waits.set_style(style("{wide_msg}"));
        line.set_style(style("{spinner} {wide_msg}"));
        total.set_style(style("{bar:30} {human_pos}/{human_len} episodes, {rate}, {elapsed} so far, {eta} left"));
        Self { all, total, line, waits, running: Mutex::default(), logged: Mutex::default() }
    }

    fn change_running(&self, change: impl FnOnce(&mut Vec<String>)) {
        let mut running = self.running.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        change(&mut running);
        self.line.set_message(running.join("   "));
    }
}

impl Default for Bars {
    fn default() -> Self {
        Self::new()
    }
}

fn style(template: &str) -> ProgressStyle {
    // The templates are the ones above.
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    // The library's own `per_sec` writes four decimals, whatever is asked for.
    style.with_key("rate", |state: &ProgressState, text: &mut dyn std::fmt::Write| {
        // Writing to a line of the terminal does not fail.
        let _ = text.write_str(&wording::rate(state.per_sec(), "episodes"));
    })
}

impl Progress for Bars {
    fn stage(&self, what: &str) {
        self.line.set_message(what.to_owned());
        self.line.enable_steady_tick(Duration::from_millis(200));
    }

    fn work_ahead(&self, episodes: u64, done: u64) {
        self.total.set_length(episodes);
        self.total.set_position(done);
        // Work of earlier runs must not make this one look fast.
        self.total.reset_eta();
    }

    fn cell_started(&self, cell: &str) {
        self.change_running(|running| running.push(cell.to_owned()));
    }

    fn episodes(&self, count: u64) {
        self.total.inc(count);
    }

    fn cell_finished(&self, cell: &str) {
        self.change_running(|running| running.retain(|other| other != cell));
    }

    fn waiting(&self, text: &str) {
        if !self.all.is_hidden() {
            return self.waits.set_message(text.to_owned());
        }
        let mut logged = self.logged.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // The first waits of a run are hardly ever worth a line.
        let last = *logged.get_or_insert_with(Instant::now);
        if !text.is_empty() && last.elapsed() > LOGGED_EVERY {
            *logged = Some(Instant::now());
            tracing::warn!("{text}");
        }
    }

    fn finish(&self) {
        self.waits.finish_and_clear();
        self.line.finish_and_clear();
        self.total.finish_and_clear();
    }
}
