//! What one client may take of the server: time, sockets and memory.

use std::time::Duration;

/// How long the server waits for a client, and how much it holds for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// From the connection, or the end of the last answer, until the head of a request is there. Idle connections end
    /// after it too.
    pub head: Duration,
    /// From the head of a request until its body is there; status 408 after it.
    pub body: Duration,
    /// How long a client may leave what is written to it unread.
    pub unread: Duration,
    /// Connections that are open at once; further ones wait to be accepted.
    pub connections: usize,
    /// Bytes of the head of a request; status 431 beyond it.
    pub head_bytes: usize,
    /// Bytes of one body; status 413 beyond it.
    pub body_bytes: usize,
    /// Bytes of all bodies that are on their way; status 503 beyond it.
    pub all_bodies: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(30),
            body: Duration::from_secs(60),
            unread: Duration::from_secs(60),
            connections: 4096,
            head_bytes: 64 << 10,
            body_bytes: 16 << 20,
            all_bodies: 256 << 20,
        }
    }
}
