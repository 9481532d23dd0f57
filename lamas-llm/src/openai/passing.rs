//! Statuses that pass: the same request may be answered if it is made again.

use std::ops::RangeInclusive;

/// Whether the model may have been at work when a request failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    /// It was refused or never arrived: nobody bills it.
    None,
    /// Time ran out on the way, or somebody on it hung up: it may be billed.
    Perhaps,
}

/// The statuses that pass. Every other one of 4xx is about the request or the settings, and comes again.
const PASSING: [(RangeInclusive<u16>, Work); 15] = [
    // The server has waited too long.
    (408..=408, Work::Perhaps),
    // In conflict with another request; OpenAI's own clients make it again.
    (409..=409, Work::None),
    // A connection that was meant for another host: the next one may be right.
    (421..=421, Work::None),
    // Locked; something behind it failed (as TGI says that a generation did); too early.
    (423..=425, Work::None),
    // Too many requests.
    (429..=429, Work::None),
    // Microsoft: retry with what was asked for.
    (449..=449, Work::None),
    // Amazon's balancer: the client, which may be another proxy, has gone.
    (460..=460, Work::Perhaps),
    // Groq: no capacity left for now.
    (498..=498, Work::None),
    // nginx, and gateways after it: the client, which may be another proxy, has gone.
    (499..=499, Work::Perhaps),
    (500..=503, Work::None),
    // Gateways that waited too long for what is behind them: by the book, Cloudflare (524), other proxies (598, 599).
    (504..=504, Work::Perhaps),
    (505..=523, Work::None),
    (524..=524, Work::Perhaps),
    // 525 to 530: Cloudflare and others about what is behind them; 529: overloaded.
    (525..=597, Work::None),
    // What no standard knows is the server's fault (RFC 9110, section 15).
    (598..=999, Work::Perhaps),
];

fn work(status: u16) -> Option<Work> {
    PASSING.iter().find(|(statuses, _)| statuses.contains(&status)).map(|(_, work)| *work)
}

/// Whether another attempt may succeed.
pub(super) fn passes(status: u16) -> bool {
    work(status).is_some()
}

/// Whether the model may have been at work, so that the request may be billed.
pub(super) fn may_be_billed(status: u16) -> bool {
    work(status) == Some(Work::Perhaps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_what_passes_and_what_may_be_billed() {
        let passing: Vec<u16> = (100..500).filter(|&status| passes(status)).collect();
        assert_eq!(passing, [408, 409, 421, 423, 424, 425, 429, 449, 460, 498, 499]);
        assert!((500..1000).all(passes));
        let billed: Vec<u16> = (100..598).filter(|&status| may_be_billed(status)).collect();
        assert_eq!(billed, [408, 460, 499, 504, 524]);
    }

    #[test]
    fn no_status_stands_twice() {
        for status in 0..=u16::MAX {
            assert!(PASSING.iter().filter(|(statuses, _)| statuses.contains(&status)).count() <= 1, "{status}");
        }
    }
}
