//! Limits, retries and the choice among endpoints, for anything that answers a request in one attempt.
//!
//! A [`Pool`] stands in front of one or more [`Endpoint`]s that serve the same model. For each call it picks the least
//! loaded endpoint that is well, waits for a slot and for the minute's allowance, makes the attempt, and after a
//! passing failure tries again there or elsewhere. It keeps *waiting* (slots, limits, back-off, failed attempts) apart
//! from *working* (the attempt that succeeded), because a critical path is made of work only.
//!
//! Parts: [`Budget`] and [`Purse`] (what may be spent), [`Meter`] (what an attempt uses, also one that fails), [`Bucket`]
//! (one allowance per minute), `gate` (slots and allowances of one endpoint), `health` (who was ill lately), [`Retries`]
//! (how often and how long), [`CallEvent`] (what a progress display sees), [`Waits`] (it as one line), [`Failure`] (what an
//! attempt may say). All time is tokio's, so a paused clock passes every wait in no time.

mod bill;
mod bucket;
mod budget;
mod event;
mod failure;
mod gate;
mod health;
mod meter;
mod pool;
mod purse;
mod retry;
mod waits;

pub(crate) use bill::Bill;
pub use bucket::Bucket;
pub use budget::{AttemptEnd, Budget, Payment, Spent};
pub use event::{CallEvent, CallObserver, WaitReason};
pub use failure::{Answer, Author, Endpoint, Failure};
pub use gate::Limits;
pub use meter::Meter;
pub use pool::{Member, Pool};
pub use purse::{Ledger, Purse};
pub use retry::Retries;
pub use waits::Waits;
