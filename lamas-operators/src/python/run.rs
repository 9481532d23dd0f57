//! One run: what goes in, what comes out, when it is over, and what that means.

use std::io::{ErrorKind, PipeReader, PipeWriter, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use lamas_core::stopwatch::Stopwatch;
use lamas_core::tool::{Goal, Program, ToolOutcome};
use lamas_core::units::Seconds;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::ioctl_fionbio;

use super::error::SandboxError;
use super::server::{End, Server};

/// Length of the random number that signs a result.
pub(crate) const NONCE: usize = 16;
/// Length of what the tests' random numbers start from.
pub(crate) const SEED: usize = 32;
/// Nonce, kind, length of the text.
const HEADER: usize = NONCE + 1 + 4;

/// What a called program may say: returned, raised, memory, file. It reports for itself, so it could say anything.
const CALLS: &[u8] = b"RXMS";
/// What a checker may say: passed, failed, raised, memory, file, the program is gone, the tests do not work.
const VERDICTS: &[u8] = b"PFXMSGT";

/// The limits that the parent keeps.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Wall-clock time.
    pub wall: Duration,
    /// CPU time of each process; kept by the kernel, known here to tell why a process was killed.
    pub cpu: Duration,
    /// Bytes of what a program prints, and of what it returns.
    pub output: usize,
}

/// What only the process that judges is told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Secrets {
    /// Signs the result.
    pub nonce: [u8; NONCE],
    /// Where the tests' random numbers start.
    pub seed: [u8; SEED],
}

/// What came of a run.
pub(crate) struct Finished {
    pub outcome: ToolOutcome,
    pub stdout: String,
    pub elapsed: Seconds,
    /// False where the server must not be used again.
    pub clean: bool,
}

/// Why the parent stopped watching.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    /// The result is there, or its last writer is gone.
    Ended,
    OutOfTime,
    TooMuchOutput,
    /// Nobody wants the result any more.
    Cancelled,
    ServerGone,
}

/// Runs a program on this server. `cancelled` hangs up when nobody wants the result any more.
pub(crate) fn run(
    server: &mut Server,
    program: &Program,
    secrets: Secrets,
    limits: Limits,
    cancelled: BorrowedFd<'_>,
) -> Result<Finished, SandboxError> {
    let broke = |error: std::io::Error| SandboxError::Server(error.to_string());
    let started = Instant::now();
    let mut exchange = Exchange::begin(server, program, secrets, limits.output)?;
    let stop = exchange.watch(server, started + limits.wall, cancelled).map_err(broke)?;
    if stop == Stop::ServerGone {
        return Err(SandboxError::Server("it ended in the middle of a run".into()));
    }
    exchange.stdout.drain().map_err(broke)?;
    let (ends, clean) = server.end_run()?;
    let elapsed = Stopwatch::from(started).elapsed();
    let outcome = exchange.outcome(stop, secrets.nonce, &ends, limits)?;
    Ok(Finished { outcome, stdout: exchange.stdout.text(), elapsed, clean })
}

/// The parent's ends of a run's pipes.
struct Exchange {
    /// The kinds of result that the process at the other end may send.
    kinds: &'static [u8],
    feeds: Vec<Feed>,
    stdout: Intake,
    result: Intake,
}

impl Exchange {
    fn begin(server: &mut Server, program: &Program, secrets: Secrets, output: usize) -> Result<Self, SandboxError> {
        let Secrets { nonce, seed } = secrets;
        let broke = |error: std::io::Error| SandboxError::Server(error.to_string());
        let (stdout, their_stdout) = Intake::new(output).map_err(broke)?;
        let (result, their_result) = Intake::new(output + HEADER).map_err(broke)?;
        let (source_fd, stdout_fd, result_fd);
        let (kinds, feeds) = match &program.goal {
            Goal::Call { function } => {
                let (source, their_source) =
                    Feed::new(message(&[&nonce], &[function, &program.source])).map_err(broke)?;
                (source_fd, stdout_fd, result_fd) = (their_source, their_stdout, their_result);
                server.start_call([source_fd.as_fd(), stdout_fd.as_fd(), result_fd.as_fd()])?;
                (CALLS, vec![source])
            }
            Goal::Check { entry_point, preamble, tests } => {
                // The secrets, the tests and the channel of the verdict go to the checker alone.
                let (source, their_source) = Feed::new(message(&[], &[entry_point, &program.source])).map_err(broke)?;
                let (checks, their_tests) =
                    Feed::new(message(&[&nonce, &seed], &[entry_point, preamble, tests])).map_err(broke)?;
                (source_fd, stdout_fd, result_fd) = (their_source, their_stdout, their_result);
                server.start_check([source_fd.as_fd(), stdout_fd.as_fd()])?;
                server.start_tests([their_tests.as_fd(), result_fd.as_fd()])?;
                (VERDICTS, vec![source, checks])
            }
        };
        Ok(Self { kinds, feeds, stdout, result })
    }

    /// Moves data until the run is over or must be.
    fn watch(&mut self, server: &Server, deadline: Instant, cancelled: BorrowedFd<'_>) -> std::io::Result<Stop> {
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(Stop::OutOfTime);
            }
            let mut polled = vec![
                PollFd::from_borrowed_fd(server.control(), PollFlags::IN),
                PollFd::from_borrowed_fd(cancelled, PollFlags::IN),
            ];
            polled.extend(self.result.watched());
            polled.extend(self.stdout.watched());
            polled.extend(self.feeds.iter().filter_map(Feed::watched));
            poll(&mut polled, Some(&timespec(left)))?;
            let (gone, unwanted) = (!polled[0].revents().is_empty(), !polled[1].revents().is_empty());
            drop(polled);
            if gone {
                return Ok(Stop::ServerGone);
            }
            if unwanted {
                return Ok(Stop::Cancelled);
            }
            for feed in &mut self.feeds {
                feed.push()?;
            }
            self.stdout.drain()?;
            self.result.drain()?;
            if self.stdout.overflowed || self.result.overflowed {
                return Ok(Stop::TooMuchOutput);
            }
            if self.result.pipe.is_none() || is_complete(&self.result.data) {
                return Ok(Stop::Ended);
            }
        }
    }

    fn outcome(
        &self,
        stop: Stop,
        nonce: [u8; NONCE],
        ends: &[End],
        limits: Limits,
    ) -> Result<ToolOutcome, SandboxError> {
        let killed = |why: &str| Ok(ToolOutcome::Killed(why.into()));
        match stop {
            Stop::OutOfTime => return Ok(ToolOutcome::TimedOut),
            Stop::Cancelled => return killed("cancelled"),
            Stop::TooMuchOutput => return killed("output: more than the limit"),
            Stop::Ended | Stop::ServerGone => {}
        }
        if self.stdout.overflowed {
            return killed("output: more than the limit");
        }
        let said = signed(&self.result.data, nonce).filter(|(kind, _)| self.kinds.contains(kind));
        let Some((kind, text)) = said else {
            return if self.result.data.is_empty() {
                Ok(without_result(ends, limits))
            } else {
                killed("it wrote to the sandbox's own channel")
            };
        };
        Ok(match kind {
            b'R' => ToolOutcome::Returned(text.into()),
            b'P' => ToolOutcome::Passed,
            b'F' => ToolOutcome::Failed(text.into()),
            b'X' => ToolOutcome::Raised(text.into()),
            b'M' => return killed("memory: more than the limit"),
            b'S' => return killed("file: more than the limit"),
            b'G' => without_result(ends, limits),
            _ => return Err(SandboxError::Tests(text)),
        })
    }
}

/// What it means that the program's process ended before it gave a result.
fn without_result(ends: &[End], limits: Limits) -> ToolOutcome {
    // Where the checker ran out of CPU time, the program kept it busy. Who ignores the signal is killed a second later;
    // the kernel counts in ticks there and exactly here, hence the wide margin.
    let out_of_time = |end: &End| match end.status & 0x7f {
        libc::SIGXCPU => true,
        libc::SIGKILL => end.cpu >= limits.cpu / 2,
        _ => false,
    };
    if ends.iter().any(out_of_time) {
        return ToolOutcome::TimedOut;
    }
    let status = ends.first().map_or(0, |end| end.status);
    let signal = status & 0x7f;
    ToolOutcome::Killed(
        if signal == libc::SIGKILL {
            "it gave up its channel or was killed (SIGKILL)".to_owned()
        } else if signal == libc::SIGSEGV || signal == libc::SIGBUS {
            format!("it crashed: stack overflow or invalid memory (signal {signal})")
        } else if signal != 0 {
            format!("signal {signal}")
        } else {
            format!("it ended its process without a result (status {})", status >> 8 & 0xff)
        }
        .into(),
    )
}

/// What the children read: secrets, as far as they are told any, then texts preceded by their lengths.
fn message(secrets: &[&[u8]], texts: &[&str]) -> Vec<u8> {
    let mut message = secrets.concat();
    for text in texts {
        message.extend((text.len() as u32).to_le_bytes());
        message.extend(text.as_bytes());
    }
    message
}

fn is_complete(result: &[u8]) -> bool {
    text_length(result).is_some_and(|length| result.len() >= HEADER + length)
}

fn text_length(result: &[u8]) -> Option<usize> {
    let length = result.get(NONCE + 1..HEADER)?;
    Some(u32::from_le_bytes(length.try_into().ok()?) as usize)
}

/// Kind and text of a complete result that bears the nonce.
fn signed(result: &[u8], nonce: [u8; NONCE]) -> Option<(u8, String)> {
    let length = text_length(result)?;
    let text = result.get(HEADER..HEADER + length)?;
    let is_ours = result.starts_with(&nonce) && result.len() == HEADER + length;
    is_ours.then(|| (result[NONCE], String::from_utf8_lossy(text).into_owned()))
}

/// Data on its way into a child. Closed when all of it is gone.
struct Feed {
    pipe: Option<PipeWriter>,
    data: Vec<u8>,
    sent: usize,
}

impl Feed {
    fn new(data: Vec<u8>) -> std::io::Result<(Self, PipeReader)> {
        let (reader, writer) = std::io::pipe()?;
        ioctl_fionbio(&writer, true)?;
        Ok((Self { pipe: Some(writer), data, sent: 0 }, reader))
    }

    fn watched(&self) -> Option<PollFd<'_>> {
        self.pipe.as_ref().map(|pipe| PollFd::new(pipe, PollFlags::OUT))
    }

    fn push(&mut self) -> std::io::Result<()> {
        while let Some(pipe) = &mut self.pipe {
            match pipe.write(&self.data[self.sent..]) {
                Ok(count) => self.sent += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // A child that does not want its input is over, or soon will be.
                Err(error) if error.kind() == ErrorKind::BrokenPipe => self.pipe = None,
                Err(error) => return Err(error),
            }
            if self.sent == self.data.len() {
                self.pipe = None;
            }
        }
        Ok(())
    }
}

/// Data on its way out of a child, up to a cap. Closed at its end.
struct Intake {
    pipe: Option<PipeReader>,
    data: Vec<u8>,
    cap: usize,
    overflowed: bool,
}

impl Intake {
    fn new(cap: usize) -> std::io::Result<(Self, PipeWriter)> {
        let (reader, writer) = std::io::pipe()?;
        ioctl_fionbio(&reader, true)?;
        Ok((Self { pipe: Some(reader), data: Vec::new(), cap, overflowed: false }, writer))
    }

    fn watched(&self) -> Option<PollFd<'_>> {
        self.pipe.as_ref().map(|pipe| PollFd::new(pipe, PollFlags::IN))
    }

    /// Reads what is there.
    fn drain(&mut self) -> std::io::Result<()> {
        let mut buffer = [0; 16 << 10];
        while let Some(pipe) = &mut self.pipe {
            match pipe.read(&mut buffer) {
                Ok(0) => self.pipe = None,
                Ok(count) => {
                    let room = self.cap - self.data.len();
                    self.data.extend(&buffer[..count.min(room)]);
                    if count > room {
                        self.overflowed = true;
                        self.pipe = None;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.data).into_owned()
    }
}

fn timespec(duration: Duration) -> Timespec {
    Timespec { tv_sec: duration.as_secs().min(1 << 30) as i64, tv_nsec: i64::from(duration.subsec_nanos()) as _ }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: [u8; NONCE] = [7; NONCE];

    fn result(nonce: [u8; NONCE], kind: u8, text: &str) -> Vec<u8> {
        let mut bytes = nonce.to_vec();
        bytes.push(kind);
        bytes.extend((text.len() as u32).to_le_bytes());
        bytes.extend(text.as_bytes());
        bytes
    }

    #[test]
    fn a_result_counts_only_with_our_nonce_and_nothing_after_it() {
        assert_eq!(signed(&result(OURS, b'R', "42"), OURS), Some((b'R', "42".to_owned())));
        assert_eq!(signed(&result([8; NONCE], b'P', ""), OURS), None);
        let mut longer = result(OURS, b'P', "");
        longer.push(0);
        assert_eq!(signed(&longer, OURS), None);
        let mut shorter = result(OURS, b'R', "42");
        shorter.pop();
        assert!(!is_complete(&shorter));
        assert_eq!(signed(&shorter, OURS), None);
    }

    #[test]
    fn an_end_without_a_result_is_told_apart() {
        let limits = Limits { wall: Duration::from_secs(1), cpu: Duration::from_secs(2), output: 10 };
        let end = |status, cpu| without_result(&[End { status, cpu: Duration::from_millis(cpu) }], limits);
        assert_eq!(end(libc::SIGXCPU, 1900), ToolOutcome::TimedOut);
        assert_eq!(end(libc::SIGKILL, 2500), ToolOutcome::TimedOut);
        assert!(matches!(end(libc::SIGKILL, 5), ToolOutcome::Killed(_)));
        assert!(matches!(end(libc::SIGSEGV, 5), ToolOutcome::Killed(why) if why.contains("stack overflow")));
        assert!(matches!(end(3 << 8, 5), ToolOutcome::Killed(why) if why.contains("status 3")));
    }
}
